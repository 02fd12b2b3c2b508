"""Where it is shown: a terminal, redrawn in place, or plain lines for a file, a pipe or a log."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TextIO

from demo import drawing
from demo.drawing import Frame

EVERY: Final = 0.2  # seconds between two pictures
_UP, _CLEAR_BELOW = "\x1b[{}A", "\x1b[0J"


class Screen(Protocol):
    """Takes sentences, and a picture that replaces the one before."""

    def say(self, line: str) -> None:
        """A line that stays."""

    def draw(self, shown: Frame) -> None:
        """A picture of this moment."""

    def wipe(self) -> None:
        """No picture any more."""


class Terminal:
    """Lines above, the picture below them."""

    def __init__(self, out: TextIO) -> None:
        """Nothing is drawn yet."""
        self._out = out
        self._picture: Sequence[str] = ()
        self._drawn = 0

    def say(self, line: str) -> None:
        """A line above the picture."""
        self._put([line, *self._picture], len(self._picture))

    def draw(self, shown: Frame) -> None:
        """The picture, cut to the terminal's width so that it stays as high as it is drawn."""
        width = shutil.get_terminal_size().columns
        self._picture = [line[: width - 1] for line in drawing.frame(shown)]
        self._put(self._picture, len(self._picture))

    def wipe(self) -> None:
        """The picture goes, what was said stays."""
        self._picture = ()
        self._put([], 0)

    def _put(self, lines: Sequence[str], drawn: int) -> None:
        up = _UP.format(self._drawn) if self._drawn else ""
        self._out.write(f"{up}\r{_CLEAR_BELOW}" + "".join(f"{line}\n" for line in lines))
        self._out.flush()
        self._drawn = drawn


class PlainLines:
    """Lines only."""

    def __init__(self, out: TextIO) -> None:
        """Nothing is said yet."""
        self._out = out

    def say(self, line: str) -> None:
        """A line, at once, also through a pipe."""
        self._out.write(f"{line}\n")
        self._out.flush()

    def draw(self, shown: Frame) -> None:
        """What is drawn is said at the end of each step."""

    def wipe(self) -> None:
        """Nothing to take away."""


def screen_for(out: TextIO) -> Screen:
    """A picture for who can see it."""
    return Terminal(out) if out.isatty() else PlainLines(out)


async def keep_drawing(screen: Screen, now: Callable[[], Frame]) -> None:
    """Draws for ever."""
    while True:
        screen.draw(now())
        await asyncio.sleep(EVERY)
