"""Many histories of canaries that KEDA scales: `python -m tests.histories [--count N] [--seed N]`.

Prints the seed first. A history that breaks an invariant is made as short as it can be, printed, and ends the run with
status 1; the same seed and count find it again.
"""

import argparse
import asyncio
import random
import secrets
import sys
from typing import Final

from tests.histories.world import EVENTS, Event, play

COUNT: Final = 100_000
LONGEST: Final = 40
_ACTS: Final = ("weight", "weight", "weight", "verify", "sweep", "revision", "promote", "annotate", "time")
"""What happens more often than the rest."""


def main() -> int:
    """Play as many histories as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="histories (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="(default: any)")
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    sys.stdout.flush()
    dice = random.Random(options.seed)  # noqa: S311 - an order, not a secret
    events = 0
    with asyncio.Runner() as runner:
        for number in range(options.count):
            history, end = _drawn(dice), dice.randrange(256)
            events += len(history)
            if (flaw := _flaw(runner, history, end)) is not None:
                shortest = _minimal(runner, history, end)
                told = _flaw(runner, shortest, end) or flaw
                sys.stdout.write(f"history {number}, ended by {end}: {told}\n{shortest}\n")
                return 1
    sys.stdout.write(f"{options.count} histories of {events} events, no invariant broken\n")
    return 0


def _drawn(dice: random.Random) -> list[Event]:
    """Of a few kinds of events only, others each time: where everything happens, nothing happens twice in a row."""
    kinds = (*_ACTS, *dice.sample(EVENTS, dice.randrange(len(EVENTS))))
    return [(dice.choice(kinds), dice.randrange(256)) for _ in range(dice.randrange(1, LONGEST))]


def _flaw(runner: asyncio.Runner, history: list[Event], end: int) -> str | None:
    try:
        runner.run(play(history, end))
    except Exception as error:  # noqa: BLE001 - any failure is a finding
        return f"{type(error).__name__}: {error}"
    return None


def _minimal(runner: asyncio.Runner, history: list[Event], end: int) -> list[Event]:
    """Take events out as long as the rest still fails."""
    at = 0
    while at < len(history):
        without = history[:at] + history[at + 1 :]
        if _flaw(runner, without, end) is not None:
            history, at = without, 0
        else:
            at += 1
    return history


if __name__ == "__main__":
    sys.exit(main())
