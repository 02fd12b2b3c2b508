"""Stand-ins for time: a clock that is set, a sleep that only notes how long it was asked for."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeTime:
    """A clock and a sleep that belong together; sleeping moves the clock."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.now += seconds
