"""`python -m e2e.bench [--quick] [--json FILE] [--page FILE]`: measures and prints the tables.

Progress goes to standard error. A page is a Markdown file with two marker lines; what stands between them is
replaced by the tables.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp

from e2e.bed.api import ApiError
from e2e.bed.errors import BedError
from e2e.bench.measure import FULL, QUICK, run
from e2e.bench.report import BEGIN, END, as_json, as_text, paged

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED: Final = 130  # what a shell reports of a program that Ctrl-C ended


def main() -> int:
    """0 when everything was measured, whatever the figures; 1 when something could not be."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions; some three minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to this file")
    parser.add_argument("--page", type=Path, metavar="FILE", help="also put the tables into this page")
    try:
        return _measure(parser.parse_args())
    except (BedError, ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
        print(f"not measured: {str(error) or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing is reported", file=sys.stderr)
        return INTERRUPTED


def _measure(arguments: argparse.Namespace) -> int:
    page = arguments.page.read_text() if arguments.page else f"{BEGIN}{END}"
    paged(page, "")  # a page that cannot take the figures is told before they are taken
    report = asyncio.run(run(QUICK if arguments.quick else FULL, _teller()))
    print(as_text(report))
    if arguments.json:
        arguments.json.write_bytes(as_json(report))
    if arguments.page:
        arguments.page.write_text(paged(page, as_text(report)))
    return 1 if report.missing else 0


def _teller() -> Callable[[str], None]:
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
