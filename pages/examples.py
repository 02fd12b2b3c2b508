"""The complete first Rollout of README: the files of examples/ that the end-to-end tests apply, as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pages.tables import PageError

if TYPE_CHECKING:
    from pathlib import Path

FIRST: Final = "examples/httproute-by-label"
_NEXT: Final = "---\n"


def fenced(root: Path, name: str, *, documents: int = 0) -> str:
    """A file of the example as a block of YAML; only its first `documents`, when that is not 0.

    Raises:
        PageError: the example has no such file.
    """
    try:
        text = (root / FIRST / name).read_text("utf-8")
    except OSError as error:
        raise PageError(f"{error.filename}: {error.strerror}") from error
    shown = _NEXT.join(text.split(_NEXT)[: documents or None])
    return f"```yaml\n{shown.rstrip()}\n```"
