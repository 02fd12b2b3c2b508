"""`python -m e2e.gitops.build`: builds what the recipes' tests need beside the bed, and says how long each took."""

from __future__ import annotations

import sys

from e2e.bed import binaries
from e2e.bed.errors import BuildError
from e2e.gitops.argo_cd import ENGINE
from e2e.gitops.flux import FLUX


def main() -> int:
    """The tests build the same by themselves, but in silence."""
    try:
        for part in (ENGINE, FLUX):
            seconds = sum(binaries.build(part).seconds.values())
            print(f"{part.name:15} {f'{seconds:.0f} s' if seconds else 'in the cache':>12}", flush=True)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
