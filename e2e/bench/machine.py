"""What the figures depend on besides the code: the machine, its load and the versions of what ran."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed.parts import ETCD, KUBERNETES
from e2e.bench.errors import NotMeasuredError
from e2e.bench.plugins import LINE
from e2e.hosts.lines import LINES

if TYPE_CHECKING:
    from e2e.bed.api import Api
    from e2e.bed.parts import Part

GIBIBYTE: Final = 1 << 30  # bytes
UNSTAMPED: Final = "v0.0.0"  # what an API server says of itself that was built as an ordinary module


async def facts(api: Api) -> dict[str, str]:
    """Facts in the order in which they are shown."""
    server = await api.request("GET", "/version")
    assert isinstance(server, dict)
    said = str(server["gitVersion"])
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIBIBYTE:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_version()}, aiohttp {metadata.version('aiohttp')}",
        "API server": _pinned(KUBERNETES, "k8s.io/kubernetes") if said.startswith(UNSTAMPED) else said,
        "etcd": _pinned(ETCD, "go.etcd.io/etcd/server/v3"),
        "host": f"Argo Rollouts {_pinned(LINES[LINE], 'github.com/argoproj/argo-rollouts')}",
        "Go": str(server["goVersion"]),
    }


def load() -> str:
    """The load averages of the last 1, 5 and 15 minutes; the benchmark itself adds two to four."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def _pinned(part: Part, module: str) -> str:
    """The version of a module that a part is built from."""
    text = (part.module / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (\S+)", text, re.MULTILINE)
    if found is None:
        raise NotMeasuredError(f"{part.module / 'go.mod'} does not require {module}")
    return found[1]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
