"""The controller's judgement of a reading as one function: a metric, its arguments and a result, into a verdict."""

from __future__ import annotations

import functools
import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from e2e.bed import binaries
from e2e.bed.errors import BedError
from e2e.bed.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from e2e.bed.kinds import Object

LIMIT: Final = 60.0  # seconds for all readings; they take one
ORACLE: Final = Part(
    name="gate-oracle", module=Path(__file__).with_name("oracle"), programs={"gate-oracle": "."}
)

Result: TypeAlias = "Sequence[float] | Mapping[str, object] | float | None"
"""What a provider hands on: Prometheus a list of numbers, New Relic a row by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One question. `now` stands for now() in the success condition, in RFC 3339, where it is given."""

    metric: Object
    result: Result
    args: Mapping[str, str]
    now: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Successful, Failed, Inconclusive or Error, what the engine said to an error, and the query as it was asked."""

    phase: str
    error: str = ""
    query: str = ""


@functools.cache
def program() -> Path:
    """The oracle, out of the bed's cache or built now; that takes minutes on a cold cache."""
    return binaries.build(ORACLE).programs["gate-oracle"]


def judged(readings: Sequence[Reading]) -> list[Verdict]:
    """The verdicts of as many readings, in their order.

    Raises:
        BedError: The oracle could not read a question.
    """
    asked = "".join(f"{json.dumps(_question(each), allow_nan=False)}\n" for each in readings)
    done = subprocess.run(
        (program(),), input=asked, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if done.returncode:
        raise BedError(f"the oracle of conditions: {done.stderr}")
    return [Verdict(**json.loads(line)) for line in done.stdout.splitlines()]


def _question(reading: Reading) -> Object:
    given = reading.result
    numbers = [_number(each) for each in given] if isinstance(given, list | tuple) else given
    return {"metric": reading.metric, "args": dict(reading.args), "result": numbers, "now": reading.now}


def _number(value: float) -> float | str:
    """JSON has neither NaN nor infinities: they are texts there."""
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("+Inf" if value > 0 else "-Inf")
