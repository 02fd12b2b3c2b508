"""What was asked for, what was measured, and whether the one can be the other. Nothing runs or is printed here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from demo.bounds import FALSE_ALARM, PERCENT, allowed
from demo.load import NOBODY, Counts
from demo.scenes import Way

CANARY_VERSION = "v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The requests of one step on one route.

    Attributes:
        step: What the step is called.
        way: The route.
        asked: The canary's weight at this step, 0 to 100.
        canary: How many requests the canary answered.
        number: How many requests there were.
        failed: How many of them failed.
        nobody: How many neither version answered.
    """

    step: str
    way: Way
    asked: int
    canary: int
    number: int
    failed: int
    nobody: int

    @property
    def share(self) -> float:
        """The canary's share in percent."""
        return PERCENT * self.canary / max(self.number, 1)


def measured(step: str, way: Way, asked: int, counts: Counts) -> Measured:
    """Counts as a measurement."""
    return Measured(
        step=step,
        way=way,
        asked=asked,
        canary=counts.answered[CANARY_VERSION],
        number=counts.total,
        failed=counts.failures,
        nobody=counts.answered[NOBODY],
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A measurement and the counts that its weight allows."""

    measured: Measured
    allowed: range

    @property
    def is_right(self) -> bool:
        """Whether the count can come from that weight, and some version answered every request."""
        return self.measured.canary in self.allowed and not self.measured.nobody


@dataclass(frozen=True, slots=True)
class Summary:
    """All measurements of a run, and what else was wrong with it."""

    lines: tuple[Line, ...]
    complaints: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the run showed what it had to."""
        return not self.complaints


def judged(found: Iterable[Measured], complaints: Iterable[str] = ()) -> Summary:
    """Each measurement against what its weight allows; the run's false alarm is shared out among them."""
    listed = tuple(found)
    alarm = FALSE_ALARM / max(len(listed), 1)
    lines = tuple(Line(each, allowed(each.number, each.asked, alarm)) for each in listed)
    return Summary(lines, (*complaints, *_wrong(lines)))


def _wrong(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        seen = line.measured
        if seen.nobody:
            yield f"{seen.way} at {seen.step}: {seen.nobody} of {seen.number} requests were answered by no version"
        if seen.canary not in line.allowed:
            least, most = line.allowed[0], line.allowed[-1]
            yield (
                f"{seen.way} at {seen.step}: the canary answered {seen.canary} of {seen.number} requests "
                f"({seen.share:.1f} %); at {seen.asked} % it can be {least} to {most}"
            )
