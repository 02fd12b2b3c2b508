"""Runs a program that finds a folder of ours at a place in the root: `private_root.py NAME FOLDER ROOT PROGRAM [ARGUMENT...]`.

The program sees this machine's files and, beside them, FOLDER as /NAME; nobody else does. Envoy Gateway reads its
certificates from /certs and from nowhere else. ROOT is an empty folder to build that view in. The kernel takes it
all down with the program. Started as a file: it imports next to nothing and becomes the program.
"""

import ctypes
import os
import sys
from pathlib import Path

NEW_MOUNTS = 0x00020000  # CLONE_NEWNS of unshare(2); the others are flags of mount(2)
BIND, RECURSIVE = 0x1000, 0x4000
PRIVATE, UNBINDABLE = 0x40000, 0x20000


def main(name: str, folder: str, root: str, command: list[str]) -> None:
    """Builds the view, steps into it, and becomes the program; the process id and the folder it is in stay."""
    here = Path.cwd()
    _check(_libc().unshare(NEW_MOUNTS), "unshare")
    _mount("none", "/", PRIVATE | RECURSIVE)
    _mount("none", root, 0, "tmpfs")
    _mount("none", root, UNBINDABLE)  # else it would hold itself, below the folder it is in
    for entry in Path("/").iterdir():
        if entry.name != name:
            _show(entry, Path(root, entry.name))
    _bind(Path(folder), Path(root, name))
    os.chroot(root)
    os.chdir(here)
    os.execv(command[0], command)  # noqa: S606 -- it takes the place of this process, by design


def _show(entry: Path, at: Path) -> None:
    """Links and folders; a file right below / is of no use to the program."""
    if entry.is_symlink():
        at.symlink_to(entry.readlink())
    elif entry.is_dir():
        _bind(entry, at)


def _bind(source: Path, target: Path) -> None:
    target.mkdir()
    _mount(str(source), str(target), BIND | RECURSIVE)


def _mount(source: str, target: str, flags: int, kind: str = "none") -> None:
    words = [word.encode() for word in (source, target, kind)]
    _check(_libc().mount(*words, flags, None), f"mount {source} on {target}")


def _check(result: int, what: str) -> None:
    if result:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
