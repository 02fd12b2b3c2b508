"""The files that are looked at: found, and read within limits. The only part of lint that touches a disk."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rollouts_router.lint.documents import MAX_CHARACTERS
from rollouts_router.lint.linting import Text

STDIN: Final = "-"
STDIN_NAME: Final = "stdin"
MAX_FILES: Final = 20_000
"""Of one run."""

_SUFFIXES: Final = frozenset({".yaml", ".yml"})


class UnusableError(Exception):
    """What should be looked at cannot be; the text says why."""


def texts(paths: Sequence[str]) -> Iterator[Text]:
    """The content of files, of the YAML files below folders, and of stdin for `-`; each file once.

    Folders whose name begins with a dot are passed over, and links to folders are not followed.

    Raises:
        UnusableError: One of the paths cannot be read, holds no YAML file, or there are more than MAX_FILES.
    """
    seen: set[str] = set()
    for path in paths:
        for file in _files(path):
            if file not in seen:
                seen.add(file)
                if len(seen) > MAX_FILES:
                    raise UnusableError(f"there are more than {MAX_FILES} files; give fewer at once")
                yield _text(file)


def _files(path: str) -> Iterator[str]:
    if path == STDIN or not Path(path).is_dir():
        yield path
        return
    found = False
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            if Path(name).suffix in _SUFFIXES:
                found = True
                yield str(Path(folder, name))
    if not found:
        raise UnusableError(f"{path} holds no .yaml or .yml file")


def _text(file: str) -> Text:
    """One character more than is looked at, so that a file that is too long is seen to be."""
    name = STDIN_NAME if file == STDIN else file
    try:
        if file == STDIN:
            return Text(name, sys.stdin.read(MAX_CHARACTERS + 1))
        with Path(file).open(encoding="utf-8-sig") as opened:
            return Text(name, opened.read(MAX_CHARACTERS + 1))
    except OSError as error:
        raise UnusableError(f"{name} cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise UnusableError(f"{name} cannot be read: it is no UTF-8 text") from error
