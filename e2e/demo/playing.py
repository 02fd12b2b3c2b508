"""Starts the demo, reads its lines, and tells what is left of it. What has to be is not known here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.gateways import wheels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

REPOSITORY: Final = Path(__file__).parents[2]
MARK: Final = "DEMO_TEST_MARK"  # in the environment of the demo, and so of everything it starts
WHOLE: Final = 300.0  # seconds for a scene on two busy cores; it takes 45
GONE: Final = 20.0  # seconds for everything to end after the demo has
ROW: Final = re.compile(
    r"(?P<step>setWeight \d+|abort) +(?P<route>\w+ \S+) +(?P<asked>[\d.]+) % +(?P<measured>[\d.]+) % +"
    r"(?P<number>\d+) +(?P<low>\d+)\.\.(?P<high>\d+)(?P<wrong>  WRONG)?"
)


@dataclass(slots=True)
class Demo:
    """A running demo and the lines it has said so far."""

    process: asyncio.subprocess.Process
    mark: str
    folder: Path
    said: list[str] = field(default_factory=list)

    async def says(self, text: str) -> None:
        """Reads up to a line with this text."""
        async with asyncio.timeout(WHOLE):
            while not (self.said and text in self.said[-1]):
                line = await self._line()
                assert line, "\n".join(self.said)

    async def ends(self) -> int:
        """Reads the rest; the exit status."""
        async with asyncio.timeout(WHOLE):
            while await self._line():
                pass
            return await self.process.wait()

    def rows(self) -> list[Mapping[str, str | None]]:
        """The table of the summary."""
        return [found.groupdict() for line in self.said if (found := ROW.fullmatch(line))]

    async def is_gone(self) -> None:
        """No process is left that has the demo's environment, so nothing listens; and no file."""

        async def ask() -> bool | None:
            return None if left_behind(self.mark) else True

        await waiting.until(ask, within=GONE, what=lambda: f"an end of {left_behind(self.mark)}")

    def files(self) -> list[str]:
        """What it left in its folder for temporary files."""
        return sorted(path.name for path in self.folder.iterdir())

    async def _line(self) -> bytes:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        self.said.append(line.decode().rstrip("\n"))
        return line


def left_behind(mark: str) -> list[str]:
    """Command lines of processes whose environment has this mark."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it has ended, or is none of ours
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@contextlib.asynccontextmanager
async def demo(folder: Path, scene: str, **variables: str) -> AsyncIterator[Demo]:
    """The demo for as long as the block runs, killed at the end if it still does."""
    mark = uuid.uuid4().hex
    extra = {MARK: mark, "TMPDIR": str(folder), "TRAEFIK": str(wheels.traefik()), **variables}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo", "--scene", scene),
        cwd=REPOSITORY,
        env={**os.environ, **extra},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    started = Demo(process, mark, folder)
    try:
        yield started
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
