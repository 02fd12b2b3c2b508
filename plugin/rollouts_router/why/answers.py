"""What was seen of a Rollout, and what is answered: a state, sentences, advice. Nothing is judged here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rollouts_router.core.untyped import JsonObject, mapping
from rollouts_router.why.events import Told
from rollouts_router.why.findings import Verdict
from rollouts_router.why.status import Status
from rollouts_router.why.steps import Place, steps_of


class State(StrEnum):
    """Whether anybody has to do something."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and the command line for it; empty when no command does it."""

    what: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was read of a Rollout. `told` are its Events, newest first; `running` are lines of unfinished runs."""

    namespace: str
    name: str
    rollout: JsonObject
    status: Status
    place: Place | None
    verdicts: tuple[Verdict, ...]
    running: tuple[str, ...]
    warnings: tuple[Told, ...]
    told: tuple[Told, ...]
    now: datetime

    @property
    def step(self) -> JsonObject:
        """The present step, empty when there is none."""
        return mapping(steps_of(self.rollout)[self.place.number - 1]) if self.place else {}

    def command(self, words: str) -> str:
        """A command of Argo's kubectl plugin for this Rollout."""
        return f"kubectl argo rollouts {words} {self.name} -n {self.namespace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """An answer; `verdicts` are those of the runs that are the reason, newest first."""

    state: State
    sentences: tuple[str, ...]
    advice: tuple[Advice, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
