"""The release lines of Argo Rollouts that the Go host is built for. One row a line, one source for all."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import binaries
from e2e.bed.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES: Final = Path(__file__).with_name("host")
PROGRAM: Final = "host"


def _line(name: str, modfile: str) -> Part:
    """A line's dependencies are in its module file beside the sources; the versions are those it pins itself."""
    return Part(name=f"host-{name}", module=SOURCES, programs={PROGRAM: "."}, flags=(f"-modfile={modfile}",))


LINES: Final[Mapping[str, Part]] = {
    "v1.7": _line("v1.7", "v1.7.mod"),
    "v1.8": _line("v1.8", "v1.8.mod"),
    "v1.9": _line("v1.9", "v1.9.mod"),
    "v1.10": _line(
        "v1.10", "go.mod"
    ),  # go.mod is the newest line, so that `go vet` and editors work as usual
}
NEWEST: Final = "v1.10"


@functools.cache
def program(line: str) -> Path:
    """The host of a line, out of the bed's cache or built now. Blocks for up to a minute on a cold cache."""
    return binaries.build(LINES[line]).programs[PROGRAM]
