"""`python -m bundle [--out FOLDER] [--arch NAME] [--twice]`: builds everything that is given to users.

`--twice` builds all of it a second time and fails unless every file is the same, byte for byte.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundle import arches, tools
from bundle.errors import BundleError
from bundle.outputs import SUMS, build_into, digests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundle.arches import Arch


def main(words: Sequence[str]) -> int:
    """Build; 1 when that fails, with one sentence that says why."""
    parser = argparse.ArgumentParser(prog="python -m bundle", description=__doc__)
    parser.add_argument("--out", type=Path, default=tools.ROOT / "dist", help="where to (default: dist)")
    parser.add_argument("--arch", choices=arches.ARCHES, action="append", help="only this machine")
    parser.add_argument("--twice", action="store_true", help="build again and compare")
    given = parser.parse_args(words)
    chosen = [arches.ARCHES[name] for name in given.arch or arches.ARCHES]
    try:
        build_into(given.out, chosen)
        if given.twice:
            _compare_with_another(given.out, chosen)
    except (BundleError, OSError) as error:
        sys.stderr.write(f"not built: {error}\n")
        return 1
    sys.stdout.write((given.out / SUMS).read_text())
    return 0


def _compare_with_another(folder: Path, chosen: Sequence[Arch]) -> None:
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as scratch:
        build_into(Path(scratch, "dist"), chosen)
        first, second = digests(folder), digests(Path(scratch, "dist"))
    if differing := sorted(name for name in first | second if first.get(name) != second.get(name)):
        raise BundleError(f"a second build gave other bytes: {', '.join(differing)}")
    sys.stdout.write(f"built twice, the same {len(first)} files\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
