"""The fuzz targets by name: what is run and what it starts from."""

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.fuzz import gob_target, netrpc_target, seeds, yamux_target

Target: TypeAlias = tuple[Callable[[bytes], None], Callable[[], list[bytes]]]

TARGETS: Final[dict[str, Target]] = {
    "gob": (gob_target.run_one, seeds.gob),
    "netrpc": (netrpc_target.run_one, seeds.netrpc),
    "yamux": (yamux_target.run_one, seeds.yamux),
}
