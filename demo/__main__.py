"""`python -m demo [--scene canary|abort]`: plays a scene, prints what was asked and measured, and exits by it.

Exit status: 0 as asked for, 1 if the shares differ or something could not be done, 130 after Ctrl-C.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias

from e2e.bed.errors import BedError

from demo import drawing, stage
from demo.errors import DemoError
from demo.scenes import Scene
from demo.screen import Screen, screen_for
from demo.summary import Summary

Run: TypeAlias = Callable[[Scene, Screen], Awaitable[Summary]]

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


def main(run: Run = stage.run) -> int:
    """The demo from its arguments to its exit status; `run` plays a scene."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="A canary with real requests, on one machine."
    )
    parser.add_argument(
        "--scene", type=Scene, choices=list(Scene), default=Scene.CANARY, help="what is played"
    )
    scene: Scene = parser.parse_args().scene
    status = 1
    try:
        status = asyncio.run(_play(run, scene))
    except* (DemoError, BedError) as group:
        print(f"the demo cannot go on: {next(_leaves(group))}", file=sys.stderr)
    except* (KeyboardInterrupt, asyncio.CancelledError):
        print("interrupted; everything is stopped", file=sys.stderr)
        status = INTERRUPTED
    return status


async def _play(run: Run, scene: Scene) -> int:
    with _ended_by(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        summary = await run(scene, screen_for(sys.stdout))
    print()
    for line in drawing.summary(summary):
        print(line)
    return 0 if summary.is_right else 1


@contextlib.contextmanager
def _ended_by(*signals: signal.Signals) -> Iterator[None]:
    """These signals end the run in order. SIGINT is among them, as a shell has it ignored in the background."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for number in signals:
        loop.add_signal_handler(number, lambda: task and task.cancel())
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


if __name__ == "__main__":
    sys.exit(main())
