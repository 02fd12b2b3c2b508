"""Series of the past for a real Prometheus: counters that grew at a constant rate, laid into its database by promtool."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING, Final

from e2e.bed import prometheus
from e2e.bed.errors import BedError
from e2e.kit.gates.prometheus import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

BEGIN: Final = 1_700_000_000  # seconds; any time will do that is on a whole minute of no daylight saving
SCRAPES: Final = 15  # seconds
LENGTH: Final = 900  # seconds
END: Final = BEGIN + LENGTH
LIMIT: Final = 60.0  # seconds


@contextlib.asynccontextmanager
async def past(folder: Path, series: Mapping[str, float]) -> AsyncIterator[str]:
    """Prometheus, in which each of these series has grown by so much a second from BEGIN to END; its URL."""
    text = folder / "past.txt"
    text.write_text(_open_metrics(series))
    await asyncio.to_thread(_fill, text, folder / "data")
    async with running(folder) as url:
        yield url


def _fill(text: Path, data: Path) -> None:
    command = (
        str(prometheus.programs().promtool),
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(text),
        str(data),
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        raise BedError(f"promtool could not make blocks of {text}: {done.stdout}{done.stderr}")


def _open_metrics(series: Mapping[str, float]) -> str:
    """By families, as the format wants; all of them untyped, so that no name needs a suffix."""
    lines = []
    for name in sorted({key.partition("{")[0] for key in series}):
        lines.append(f"# TYPE {name} unknown")
        for key, rate in series.items():
            if key.partition("{")[0] == name:
                lines += [
                    f"{key} {rate * passed} {BEGIN + passed}" for passed in range(0, LENGTH + 1, SCRAPES)
                ]
    return "\n".join([*lines, "# EOF", ""])
