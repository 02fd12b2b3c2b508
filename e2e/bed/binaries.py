"""Builds a part's programs once and keeps them in a cache outside the repository. Starts none of them.

A build is keyed by everything that decides its outcome: the module files, the module's own sources, the table
row, the flags and the Go version. Two runs at once build once: the second waits at a file lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.bed.errors import BuildError
from e2e.bed.parts import GATEWAY_API, KWOK, PARTS, ROLLOUTS, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FLAGS = ("-trimpath", "-ldflags", "-s -w")
BUILD_LIMIT = 3600.0  # seconds; the largest program takes five minutes on two cores
ASK_LIMIT = 600.0  # seconds; the first question may download modules
POLITELY = ("nice", "-n", "10")  # so that a first build does not slow the tests that run beside it
TAIL = 15  # lines of a failed build that are worth showing
SOURCES = (".go", ".mod", ".sum", ".proto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A part's programs on disk, and how long each took; no times mean that they were there already."""

    programs: Mapping[str, Path]
    seconds: Mapping[str, float]


def build(part: Part) -> Built:
    """All programs of the part, built if the cache lacks them. Blocks for minutes on a cold cache."""
    home = cache() / "bin" / f"{part.name}-{key(part)}"
    with _locked(part.name):
        seconds = {} if home.is_dir() else _build_into(part, home)
    return Built(programs={name: home / name for name in part.programs}, seconds=seconds)


def program(name: str) -> Path:
    """The program of this name: the user's own if they asked for that, else out of the cache, else built."""
    own = _users_own(name)
    if own is not None:
        return own
    part = next((part for part in PARTS.values() if name in part.programs), None)
    if part is None:
        raise BuildError(f"no part of the bed has a program {name!r}")
    return build(part).programs[name]


def prepare() -> None:
    """Builds whatever a bed needs and the cache lacks."""
    for name in (name for part in PARTS.values() for name in part.programs):
        program(name)


def cache() -> Path:
    """Where built programs are kept."""
    own = os.environ.get("ROLLOUTS_ROUTER_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rollouts-router"


def key(part: Part) -> str:
    """A digest of all that decides what a build gives."""
    digest = hashlib.sha256()
    digest.update(repr((sorted(part.programs.items()), (*FLAGS, *part.flags), _go_version())).encode())
    for file in sorted(file for file in part.module.rglob("*") if file.suffix in SOURCES):
        digest.update(f"{file.relative_to(part.module)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def gateway_api_crds(channel: str) -> Path:
    """The folder with the CRDs of one channel, `standard` or `experimental`."""
    return module_folder(GATEWAY_API, "sigs.k8s.io/gateway-api") / "config" / "crd" / channel


def rollouts_manifests() -> Path:
    """The folder with the manifests that Argo Rollouts itself ships: `crds`, `role` and others."""
    return module_folder(ROLLOUTS, "github.com/argoproj/argo-rollouts") / "manifests"


def kwok_stages() -> Path:
    """The folder with the stages by which KWOK plays nodes and kubelets."""
    return module_folder(KWOK, "sigs.k8s.io/kwok") / "kustomize" / "stage"


@functools.cache
def module_folder(part: Part, module: str) -> Path:
    """Where Go keeps the files of a module that the part requires."""
    answer = json.loads(_go(part, ("mod", "download", "-json", module), ASK_LIMIT))
    return Path(answer["Dir"])


def _build_into(part: Part, home: Path) -> dict[str, float]:
    """Builds beside the final place and renames at the end, so a folder that exists is complete."""
    home.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{part.name}-", dir=home.parent))
    try:
        seconds = {name: _build_one(part, package, scratch / name) for name, package in part.programs.items()}
        scratch.rename(home)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return seconds


def _build_one(part: Part, package: str, target: Path) -> float:
    started = time.monotonic()
    _go(part, ("build", *FLAGS, *part.flags, "-o", str(target), package), BUILD_LIMIT)
    return time.monotonic() - started


def _go(part: Part, arguments: Sequence[str], limit: float) -> str:
    """Runs `go` in the part's module; the last lines of a failure are in the error."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    command = (*POLITELY, _go_program(), *arguments)
    try:
        done = subprocess.run(
            command,
            cwd=part.module,
            env=environment,
            timeout=limit,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{part.name}: `go {' '.join(arguments)}` took over {limit:.0f} s") from error
    if done.returncode:
        # `go mod download -json` tells its errors on standard output.
        last = "\n".join((done.stdout + done.stderr).splitlines()[-TAIL:])
        raise BuildError(f"{part.name}: `go {' '.join(arguments)}` failed:\n{last}")
    return done.stdout


def _go_program() -> str:
    found = shutil.which("go")
    if found is None:
        raise BuildError(
            "Go is needed to build the test bed and no `go` is on PATH: install Go 1.26.1 or later"
        )
    return found


@functools.cache
def _go_version() -> str:
    # The module folder of any part will do: all of them ask for the same toolchain.
    return _go(GATEWAY_API, ("env", "GOVERSION", "GOOS", "GOARCH"), ASK_LIMIT)


def _users_own(name: str) -> Path | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (Path(assets) / name).is_file():
        return Path(assets) / name
    found = shutil.which(name) if os.environ.get("ROLLOUTS_ROUTER_USE_PATH") == "1" else None
    return Path(found) if found else None


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    """One build of a part at a time on this machine; the kernel drops the lock with the process."""
    path = cache() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
