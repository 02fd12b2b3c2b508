"""A program that runs as long as a block, in a session of its own so that Ctrl-C reaches only the demo."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.errors import DemoError

TETHER: Final = Path(__file__).parents[1] / "e2e" / "bed" / "tether.py"
GRACE: Final = 5.0  # seconds from SIGTERM to SIGKILL
TAIL: Final = 12  # lines of a log that an error quotes


@dataclass(frozen=True, slots=True)
class Child:
    """A running program and the file that its output goes to."""

    process: asyncio.subprocess.Process
    log: Path

    async def ended(self) -> None:
        """Waits for the program's end, which nobody asked for. Raises DemoError with the end of its log."""
        status = await self.process.wait()
        raise DemoError(f"{self.log.stem} ended with status {status}; its log ends:\n{tail(self.log)}")


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])


@asynccontextmanager
async def running(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> AsyncIterator[Child]:
    """The program, from its start to its end. On Linux it also ends when the demo is killed."""
    tether = (sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(signal.SIGKILL)))
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(tether if sys.platform == "linux" else ()),
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        yield Child(process, log)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Asks, then kills; also when the wait is cancelled."""
    if process.returncode is not None:
        return
    try:
        process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    await process.wait()
