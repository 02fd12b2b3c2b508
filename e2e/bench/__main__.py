"""`python -m e2e.bench [--quick] [--json FILE]`: measures, prints the tables; progress goes to standard error."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.bed.errors import BedError
from e2e.bench.measure import FULL, QUICK, run
from e2e.bench.report import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """0 when everything was measured, whatever the figures; 1 when something could not be."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions; under two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    arguments = parser.parse_args()
    try:
        report = asyncio.run(run(QUICK if arguments.quick else FULL, _teller()))
    except (BedError, TimeoutError, OSError) as error:
        print(f"not measured: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    print(as_text(report))
    if arguments.json:
        arguments.json.write_bytes(as_json(report))
    return 0


def _teller() -> Callable[[str], None]:
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
