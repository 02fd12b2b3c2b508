"""What the runtime tree consists of: Debian's Python and libraries, the locked wheels, our own package.

    bin/python3              the interpreter
    lib/ld.so, lib/*.so.N    the loader and every library that anything here needs
    lib/python3.11           the standard library, compiled
    lib/python3/dist-packages  where Debian's Python looks for packages: wheels and our own, compiled
    LICENCES.txt, ID         licences of all that; the tree's digest

What is left out is in the tables below, each with its reason. Not known here: how the tree is packed or shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bundle import elf, libraries
from bundle.errors import BundleError
from bundle.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bundle.arches import Arch
    from bundle.debs import Contents
    from bundle.wheels import Wheel

STDLIB: Final = "lib/python3.11"
SITE: Final = "lib/python3/dist-packages"
PROGRAM: Final = "bin/python3"
DEBIAN_PROGRAM: Final = "usr/bin/python3.11"
DEBIAN_STDLIB: Final = "usr/lib/python3.11/"

NO_STDLIB: Final = (
    "ctypes/test/",
    "distutils/",  # installs software
    "ensurepip/",
    "idlelib/",  # windows on a screen
    "lib2to3/",
    "pydoc_data/",
    "sitecustomize.py",  # Debian's: a link to /etc
    "sqlite3/",  # needs a library of a megabyte for nobody
    "test/",
    "tkinter/",
    "turtledemo/",
    "unittest/",
    "venv/",
    "config-3.11-",  # headers and objects for embedding
)
"""Beginnings of paths in the standard library that a server has no use for."""

NO_EXTENSIONS: Final = (
    "_bz2",
    "_crypt",
    "_curses",
    "_curses_panel",
    "_dbm",
    "_lzma",
    "_sqlite3",
    "_uuid",
    "nis",
    "readline",
    "_ctypes_test",
    "_testbuffer",
    "_testcapi",
    "_testclinic",
    "_testimportmultiple",
    "_testinternalcapi",
    "_testmultiphase",
    "_xxtestfuzz",
    "xxlimited",
    "xxlimited_35",
)
"""Extension modules whose libraries are not worth their size and their CVEs; all that import them can do without."""

NO_SITE: Final = (
    "kubernetes_asyncio/client/api/",  # classes for every resource, never imported; see rollouts_router.kube.lean
    "kubernetes_asyncio/client/models/",
    "kubernetes_asyncio/e2e_test/",
)
NO_FOLDERS: Final = ("tests", "test", "testing")
DATA_SUFFIXES: Final = (".so", ".pem", ".dist-info/METADATA")
"""Besides modules: extension modules, certificates, and what importlib.metadata and scanners read."""


def assemble(debian: Contents, wheels: Iterable[Wheel], arch: Arch) -> Tree:
    """The tree with Python's sources, not compiled yet.

    Raises:
        BundleError: Something has to be there and is not, or is for another machine.
    """
    tree = interpreter(debian, arch)
    for wheel in wheels:
        tree |= {f"{SITE}/{path}": _lean(file) for path, file in wheel.files.items() if _in_site(path)}
    return tree | libraries.closure(tree, debian, arch)


def interpreter(debian: Contents, arch: Arch) -> Tree:
    """The part that runs Python, and nothing of PyPI.

    Raises:
        BundleError: As `assemble`.
    """
    program = debian.find(DEBIAN_PROGRAM)
    if program is None:
        raise BundleError(f"the locked Debian packages for {arch.name} have no {DEBIAN_PROGRAM}")
    tree = {PROGRAM: program} | _stdlib(debian)
    return tree | libraries.closure(tree, debian, arch)


def modules(tree: Mapping[str, File]) -> Tree:
    """The tree's Python sources."""
    return {path: file for path, file in tree.items() if path.endswith(".py")}


def _stdlib(debian: Contents) -> Tree:
    named = {
        path.removeprefix(DEBIAN_STDLIB): file
        for path, file in debian.files.items()
        if path.startswith(DEBIAN_STDLIB)
    }
    return {f"{STDLIB}/{path}": File(file.data) for path, file in named.items() if _in_stdlib(path)}


def _lean(file: File) -> File:
    """Extension modules often come with debug information, which would be unpacked for nobody."""
    return File(elf.stripped(file.data)) if elf.is_elf(file.data) else File(file.data)


def _in_stdlib(path: str) -> bool:
    if path.startswith("lib-dynload/"):
        return path.removeprefix("lib-dynload/").partition(".")[0] not in NO_EXTENSIONS
    return path.endswith(".py") and not path.startswith(NO_STDLIB)


def _in_site(path: str) -> bool:
    if path.startswith(NO_SITE) or set(path.split("/")[:-1]) & set(NO_FOLDERS):
        return path == "kubernetes_asyncio/client/models/__init__.py"  # deferred, so it has to be findable
    return path.endswith((".py", *DATA_SUFFIXES)) or ".so." in path.rpartition("/")[2]
