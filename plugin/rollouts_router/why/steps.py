"""Where in its steps a Rollout is, or was when a run began. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rollouts_router.core.untyped import JsonObject, integer, items, mapping, text

_INDEX_LABEL: Final = "step-index"
_KIND_LABEL: Final = "rollout-type"


class Kind(StrEnum):
    """Why the controller began a run, by its label `rollout-type`."""

    STEP = "Step"
    BACKGROUND = "Background"
    BEFORE = "PrePromotion"
    AFTER = "PostPromotion"


_KIND_WORDS: Final[Mapping[str, str]] = {
    Kind.BACKGROUND: "in the background",
    Kind.BEFORE: "before the promotion",
    Kind.AFTER: "after the promotion",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A step: `number` from 1 to `steps`, and the weight that the last `setWeight` up to it set, None before any."""

    number: int
    steps: int
    weight: int | None

    def __str__(self) -> str:
        """`step 4 of 9 (weight 25)`."""
        weight = "" if self.weight is None else f" (weight {self.weight})"
        return f"step {self.number} of {self.steps}{weight}"


def steps_of(rollout: JsonObject) -> list[object]:
    """The steps of a canary; none for other strategies."""
    return items(mapping(mapping(mapping(rollout.get("spec")).get("strategy")).get("canary")).get("steps"))


def place_of(rollout: JsonObject, index: int) -> Place | None:
    """The step of this index; None when there is none, as after the last one."""
    steps = steps_of(rollout)
    if not 0 <= index < len(steps):
        return None
    weights = [
        weight
        for step in steps[: index + 1]
        if (weight := integer(mapping(step).get("setWeight"))) is not None
    ]
    return Place(index + 1, len(steps), weights[-1] if weights else None)


def place_now(rollout: JsonObject) -> Place | None:
    """Where the Rollout stands; None when that is not known: an abort sets the index back to 0."""
    status = mapping(rollout.get("status"))
    index = integer(status.get("currentStepIndex"))
    if index is None or (index == 0 and status.get("abort") is True):
        return None
    return place_of(rollout, index)


def place_of_run(rollout: JsonObject, run: JsonObject) -> Place | None:
    """The step that began the run; for one of the background, where the Rollout stands."""
    labels = mapping(mapping(run.get("metadata")).get("labels"))
    index = text(labels.get(_INDEX_LABEL))
    if index:
        return place_of(rollout, int(index)) if index.isdecimal() else None
    return place_now(rollout) if labels.get(_KIND_LABEL) == Kind.BACKGROUND else None


def place_words(rollout: JsonObject, run: JsonObject) -> str:
    """Where a run belongs: ` in step 4 of 9 (weight 25)`, ` before the promotion`, or nothing."""
    place = place_of_run(rollout, run)
    kind = text(mapping(mapping(run.get("metadata")).get("labels")).get(_KIND_LABEL))
    if kind in _KIND_WORDS:
        return f" {_KIND_WORDS[kind]}{f', at {place}' if place else ''}"
    return f" in {place}" if place else ""
