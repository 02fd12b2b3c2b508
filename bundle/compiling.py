"""Compiles the tree's Python modules with the very interpreter that will run them, so that no other one matters.

Modules are compiled beside their source, as `name.pyc`, which are never checked against a source: there is none, and
times of files change when they are copied. Tracebacks show `<runtime>/...` and line numbers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle import commands
from bundle import tree as trees
from bundle.errors import BundleError
from bundle.libraries import LOADER
from bundle.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON: Final = "bin/python3"
JOB: Final = """
import pathlib, py_compile, sys
for line in sys.stdin.read().splitlines():
    py_compile.compile(line, cfile=line + "c", dfile="<runtime>/" + line, doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


def compiled(sources: Mapping[str, File], interpreter: Mapping[str, File]) -> Tree:
    """The modules, compiled; `interpreter` is a tree with a Python for this machine and its library's sources.

    Raises:
        BundleError: A module does not compile.
    """
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as scratch:
        python, work = Path(scratch, "python"), Path(scratch, "work")
        trees.write(interpreter, python)
        trees.write(sources, work)
        _compile(python, work, sources)
        return {f"{path}c": File((work / f"{path}c").read_bytes()) for path in sources}


def _compile(python: Path, work: Path, sources: Mapping[str, File]) -> None:
    start = (python / LOADER, "--inhibit-cache", "--library-path", python / "lib", python / PYTHON)
    names = "\n".join(sorted(sources)).encode()
    environ = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    try:
        commands.run((*start, "-s", "-S", "-c", JOB), environ=environ, folder=work, given=names)
    except BundleError as error:
        raise BundleError(f"the modules of the runtime tree do not compile: {error}") from error
