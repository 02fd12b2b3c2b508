"""Counts a step's requests, says what came of them, and keeps them for the summary."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from demo import drawing
from demo.drawing import Frame, Row
from demo.load import Load
from demo.scenes import Way
from demo.screen import Screen
from demo.summary import Measured, judged, measured


@dataclass(kw_only=True)
class Counting:
    """The load of a run, and where it is told.

    Attributes:
        load: The requests.
        screen: Where it is told.
        weight_of: The canary's weight on a route.
        clock: Monotonic seconds.
        step: What is being played.
        doing: What is being done about it.
        found: What was counted.
    """

    load: Load
    screen: Screen
    weight_of: Callable[[Way], int]
    clock: Callable[[], float]
    step: str = "start"
    doing: str = ""
    found: list[Measured] = field(default_factory=list)

    async def count(self, step: str, asked: int) -> float:
        """Counts a window of requests on every way; the share of them that failed."""
        self.doing = "counting requests"
        self.load.open_window()
        window = await self.load.counted()
        found = [measured(step, way, asked, counts) for way, counts in window.items()]
        for line in judged(found).lines:
            self.screen.say(drawing.result(line))
        self.found += found
        return sum(each.failed for each in found) / sum(each.number for each in found)

    async def timed(self, doing: str, call: Awaitable[object], told: Callable[[], str]) -> None:
        """Does something, and says how long it took and what `told` then says."""
        self.doing = f"{doing} …"
        began = self.clock()
        await call
        self.screen.say(f"{self.step}: {doing} took {self.clock() - began:.2f} s; {told()}")

    def weights(self) -> str:
        """The weights on all routes."""
        listed = ", ".join(f"{way} {self.weight_of(way)} %" for way in self.load.ways)
        return f"weights of the canary: {listed}"

    @property
    def failures(self) -> int:
        """How many requests have failed so far."""
        return sum(counts.failures for counts in self.load.overall.values())

    def frame(self, title: str, seconds: float) -> Frame:
        """What there is to see."""
        rows = [
            Row(
                way=way,
                weight=self.weight_of(way),
                window=self.load.window[way],
                overall=self.load.overall[way],
            )
            for way in self.load.ways
        ]
        return Frame(title=title, seconds=seconds, step=self.step, doing=self.doing, rows=rows)
