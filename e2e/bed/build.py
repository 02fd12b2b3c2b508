"""`python -m e2e.bed.build [part...]`: builds all parts or the named ones and says how long each took."""

from __future__ import annotations

import sys

from e2e.bed import binaries
from e2e.bed.errors import BuildError
from e2e.bed.parts import PARTS


def main(names: list[str]) -> int:
    """Builds in the order of the table, which is also the order in which a bed needs them."""
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    try:
        for name in names or PARTS:
            _build(name)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _build(name: str) -> None:
    built = binaries.build(PARTS[name])
    for program, path in built.programs.items():
        took = f"{built.seconds[program]:.0f} s" if built.seconds else "in the cache"
        print(f"{program:25} {took:>12}  {path}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
