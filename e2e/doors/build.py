"""Builds the Go side: protoc's Go plugins and grpcurl from their modules, the client from our proto, the door from both.

What is generated goes into the cache and never into the repository. Starts nothing that it built but protoc's plugins.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from e2e.bed import binaries
from e2e.bed.errors import BuildError
from e2e.bed.parts import Part

HERE: Final = Path(__file__).parent
PROTOS: Final = HERE.parents[1] / "protos"
CONTRACT: Final = "rollouts_router/v1/traffic_router.proto"
PROTOC_LIMIT: Final = 120.0  # seconds; it takes one

TOOLS: Final = Part(
    name="door-tools",
    module=HERE / "tools",
    programs={
        "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
        "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
        "grpcurl": "github.com/fullstorydev/grpcurl/cmd/grpcurl",
    },
)


@functools.cache
def tool(name: str) -> Path:
    """One of the tools, out of the bed's cache or built now; with a cold cache that takes minutes."""
    return binaries.build(TOOLS).programs[name]


@functools.cache
def door() -> Path:
    """The Go program of `go`, with the client that is generated from the proto as it is now."""
    return binaries.build(Part(name="door", module=_sources(), programs={"door": "."})).programs["door"]


def _sources() -> Path:
    """A folder with the program's own sources and the generated ones, keyed by all that makes them."""
    digest = hashlib.sha256((PROTOS / CONTRACT).read_bytes() + binaries.key(TOOLS).encode())
    own = sorted(file for file in (HERE / "go").iterdir() if file.suffix in binaries.SOURCES)
    for file in own:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    home = binaries.cache() / "sources" / f"door-{digest.hexdigest()[:16]}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".door-", dir=home.parent))
        for file in own:
            shutil.copy(file, scratch)
        _generate(scratch)
        _settle(scratch, home)
    return home


def _generate(into: Path) -> None:
    """Run protoc, which comes with grpcio-tools, with the plugins that Go people use."""
    command = (
        *(sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}"),
        *(f"--plugin={name}={tool(name)}" for name in ("protoc-gen-go", "protoc-gen-go-grpc")),
        *(f"--go_out={into}", f"--go-grpc_out={into}", CONTRACT),
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROTOC_LIMIT, check=False)
    if done.returncode:
        raise BuildError(f"the Go client cannot be generated:\n{done.stderr}")


def _settle(scratch: Path, home: Path) -> None:
    """Put a finished folder into its place; whoever was quicker with the same has done the same."""
    try:
        os.rename(scratch, home)  # noqa: PTH104 - Path.rename reads no better
    except OSError:
        shutil.rmtree(scratch, ignore_errors=True)
        if not home.is_dir():
            raise
