"""Makes Python and its type stubs of every .proto file: `python -m protos.generate`, which is `make protos`.

What it makes lies in the package under the path of its .proto file, is checked in, and is never edited; a test holds it
against a fresh run. What was released of a contract, and what may change of it, is `contract`'s business.
"""

import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from grpc_tools import protoc

from protos.contract import Broken, describe, extend

PROTOS: Final = Path(__file__).parent
PACKAGE: Final = PROTOS.parent / "plugin"
LOCK: Final = PROTOS / "rollouts_router" / "v1" / "traffic_router.lock.json"
RELEASED: Final = "rollouts_router/v1/traffic_router.proto"
SUFFIXES: Final = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")


class GenerationError(Exception):
    """The compiler did not take a .proto file; it has said why on stderr."""


def sources() -> list[str]:
    """Every .proto file, relative to this folder."""
    return sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))


def generate(into: Path) -> None:
    """Write the modules and stubs of all sources into a folder, under the paths of the sources.

    Raises:
        GenerationError: A source has an error.
    """
    plugins = Path(sys.executable).parent
    _compile(
        f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
        *(f"--{kind}_out={into}" for kind in ("python", "grpc_python", "mypy")),
        f"--mypy_grpc_out={into}",
        *sources(),
    )


def descriptor_set(name: str = RELEASED) -> bytes:
    """A source as a serialized FileDescriptorSet, with its comments.

    Raises:
        GenerationError: It has an error.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set"
        _compile(f"--descriptor_set_out={path}", "--include_source_info", name)
        return path.read_bytes()


def generated(folder: Path) -> Iterator[Path]:
    """The generated files under a folder, relative to it."""
    return (path.relative_to(folder) for path in sorted(folder.rglob("*_pb2*")) if path.suffix != ".pyc")


def _compile(*arguments: str) -> None:
    well_known = files("grpc_tools") / "_proto"
    if protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", *arguments]):
        raise GenerationError(f"protoc failed on {arguments[-1]}")


def main() -> int:
    """Generate, and write what was added to the contract into its lock."""
    try:
        lock = extend(LOCK.read_text() if LOCK.exists() else "", describe(descriptor_set()))
        generate(PACKAGE)
    except (Broken, GenerationError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    LOCK.write_text(lock)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
