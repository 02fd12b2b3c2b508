"""`python -m e2e.dist.bench [--rounds N]`: how long starts take in the container, beside this checkout's own command.

Each round has a fresh container, so one first start, then a later one, then one of the source tree on this machine.
Figures are medians, with the least and the greatest. Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

from bundle import arches, outputs
from e2e.bed.errors import BedError
from e2e.dist.orders import COOKIE, Container
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from e2e.dist.orders import Seen

ROUNDS: Final = 7
LIMIT: Final = 60.0  # seconds
NAME: Final = 37  # characters of the longest name of a row


def main() -> int:
    """0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m e2e.dist.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    try:
        _measure(parser.parse_args().rounds)
    except (BedError, BundleError, OSError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class Round:
    """One round: two starts in a fresh container, one that came to rest, and the source tree's milliseconds."""

    first: Seen
    later: Seen
    rested: Seen
    source: int


def _measure(rounds: int) -> None:
    arch = arches.of_this_machine()
    executable = outputs.cached(arch) / outputs.name_for(arch)
    taken = [_round(executable) for _ in range(rounds)]
    print(f"load average {os.getloadavg()[0]:.1f}; {rounds} rounds")
    print(f"{'executable':{NAME}} {executable.stat().st_size / 1e6:.1f} MB")
    _row("first start, unpacking, to handshake", [each.first.milliseconds for each in taken], "ms")
    _row("  processor time of it", [each.first.cpu for each in taken], "ms")
    _row("later start, to handshake", [each.later.milliseconds for each in taken], "ms")
    _row("  processor time of it", [each.later.cpu for each in taken], "ms")
    _row("source tree's start, to handshake", [each.source for each in taken], "ms")
    _row("resident at rest", [each.rested.resident * 1024 // 1_000_000 for each in taken], "MB")


def _round(executable: Path) -> Round:
    with tempfile.TemporaryDirectory(prefix="rollouts-router-") as folder:
        container = Container(folder=Path(folder))
        container.receives(executable)
        first, later = container.start(2)
        (rested,) = container.start(rests=True)
    return Round(first, later, rested, _source_start())


def _source_start() -> int:
    environ = {**COOKIE, "PATH": os.environ.get("PATH", "")}
    started = time.monotonic()
    with subprocess.Popen(
        (command(),), env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as plugin:
        assert plugin.stdout is not None
        plugin.stdout.readline()
        took = time.monotonic() - started
        plugin.terminate()
        plugin.wait(LIMIT)
    return round(took * 1000)


def _row(name: str, samples: Sequence[int], unit: str) -> None:
    low, middle, high = min(samples), statistics.median(samples), max(samples)
    print(f"{name:{NAME}} {middle:.0f} {unit} ({low} to {high})")


if __name__ == "__main__":
    sys.exit(main())
