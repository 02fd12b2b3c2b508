"""Why a Rollout stands where it stands: one function a cause, asked in order, and the first that knows answers.

The order is the controller's own (`CalculateRolloutPhase` of Argo Rollouts 1.10): what is wrong with the
specification, then aborts, then pauses, then waiting. Values in, sentences out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from rollouts_router.core.untyped import integer, items, mapping, text
from rollouts_router.why.events import Told, last_step_completed
from rollouts_router.why.findings import Verdict
from rollouts_router.why.status import PauseReason, Status
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
    rollout: Mapping[str, Any]
    status: Status
    place: Place | None
    verdicts: tuple[Verdict, ...]
    running: tuple[str, ...]
    warnings: tuple[Told, ...]
    told: tuple[Told, ...]
    now: datetime

    @property
    def step(self) -> Mapping[str, Any]:
        """The present step, empty when there is none."""
        return mapping(steps_of(self.rollout)[self.place.number - 1]) if self.place else {}

    def command(self, words: str) -> str:
        """A command of Argo's kubectl plugin for this Rollout."""
        return f"kubectl argo rollouts {words} {self.name} -n {self.namespace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """An answer. `by_analysis` says that the verdicts of the runs are the reason."""

    state: State
    sentences: tuple[str, ...]
    advice: tuple[Advice, ...] = ()
    by_analysis: bool = False


_LOOK: Final = "See pods, runs and steps"


def cause_of(seen: Seen) -> Cause:
    """The reason, and what to do."""
    return next(cause for ask in _CAUSES if (cause := ask(seen)))


def _unseen(seen: Seen) -> Cause | None:
    if seen.status.is_current:
        return None
    sentence = "The controller has not taken notice of the newest specification yet."
    more = "If this stays so, no controller runs, or none that looks after this namespace."
    return Cause(state=State.PROGRESSING, sentences=(sentence, more))


def _invalid(seen: Seen) -> Cause | None:
    condition = seen.status.condition(kind="InvalidSpec")
    if condition is None:
        return None
    sentence = f"The specification is invalid, so nothing is done: {condition.message}"
    return Cause(state=State.STOPPED, sentences=(sentence,), advice=(Advice("Correct that field"),))


def _aborted(seen: Seen) -> Cause | None:
    condition = seen.status.condition(reason="RolloutAborted")
    if not seen.status.is_aborted and condition is None:
        return None
    head = f"The update to revision {seen.status.revision or '?'} is aborted: traffic is with the stable version."
    last = last_step_completed(seen.told)
    sentences = (
        head,
        _abort_reason(condition.message if condition else "", seen),
        *((f"Before that: {last}.",) if last else ()),
    )
    again = Advice(
        "When that was no fault of the new version, try the same again", seen.command("retry rollout")
    )
    fix = Advice("Release a version that is right, or the former one; until then the Rollout stays degraded")
    return Cause(
        state=State.STOPPED,
        sentences=sentences,
        advice=(fix, again, Advice("Make the former version the wanted one", seen.command("undo"))),
        by_analysis=_is_by_analysis(condition.message if condition else ""),
    )


def _is_by_analysis(message: str) -> bool:
    return "analysis phase error/failed" in message


def _abort_reason(message: str, seen: Seen) -> str:
    """The condition's message is `Rollout aborted update to revision N`, and the reason behind a colon if it has one."""
    reason = message.partition(": ")[2]
    if not reason:
        return "No reason is given, so somebody aborted it by hand, or another tool did."
    if _is_by_analysis(message) and seen.verdicts:
        return "An analysis ended it:"
    return f"The reason: {reason}"


def _timed_out(seen: Seen) -> Cause | None:
    condition = seen.status.condition(reason="ProgressDeadlineExceeded")
    if condition is None:
        return None
    failure = seen.status.condition(kind="ReplicaFailure")
    more = (f"Pods cannot be made: {failure.message}",) if failure else ()
    return Cause(
        state=State.STOPPED,
        sentences=(f"It made no progress in time: {condition.message}", _pods(seen.status), *more),
        advice=(
            Advice(_LOOK, seen.command("get rollout")),
            Advice("See why pods do not get ready", f"kubectl describe pods -n {seen.namespace}"),
            Advice("Go back to the stable version", seen.command("abort")),
        ),
    )


def _pods(status: Status) -> str:
    return f"{status.updated} pods have the new version, {status.ready} of {status.wanted} are available."


def _held(seen: Seen) -> Cause | None:
    if not seen.status.is_held:
        return None
    sentence = "It is paused by hand: spec.paused is true. Nothing goes on before that is taken back."
    return Cause(
        state=State.WAITING, sentences=(sentence,), advice=(Advice("Go on", seen.command("promote")),)
    )


def _paused(seen: Seen) -> Cause | None:
    ask = _PAUSES.get(seen.status.pause)
    if ask is not None:
        return ask(seen)
    if not seen.status.pause:
        return None
    return Cause(
        state=State.WAITING, sentences=(f"It is paused: {seen.status.pause}.",), advice=_decide(seen)
    )


def _decide(seen: Seen) -> tuple[Advice, ...]:
    return (
        Advice("Go on with the new version", seen.command("promote")),
        Advice("Go back to the stable version", seen.command("abort")),
    )


def _inconclusive(seen: Seen) -> Cause:
    told = "An analysis is inconclusive, neither good nor bad, so somebody has to decide:"
    alone = "An analysis was inconclusive, neither good nor bad, so somebody has to decide."
    return Cause(
        state=State.STOPPED,
        sentences=(told if seen.verdicts else alone,),
        advice=_decide(seen),
        by_analysis=True,
    )


def _experiment(seen: Seen) -> Cause:
    look = Advice("See its analyses", f"kubectl get experiments,analysisruns -n {seen.namespace}")
    sentence = "An experiment is inconclusive, so somebody has to decide."
    return Cause(state=State.STOPPED, sentences=(sentence,), advice=(look, *_decide(seen)))


def _pause_step(seen: Seen) -> Cause:
    duration = mapping(seen.step.get("pause")).get("duration")
    if duration is None:
        sentence = "This pause has no duration: it waits until somebody promotes it."
        return Cause(state=State.WAITING, sentences=(sentence,), advice=_decide(seen))
    return Cause(
        state=State.PROGRESSING,
        sentences=(
            f"It pauses for {_duration(duration)}{_until(seen, duration)}, then it goes on by itself.",
        ),
        advice=(Advice("Do not wait for that", seen.command("promote")), _decide(seen)[1]),
    )


def _duration(duration: object) -> str:
    return text(duration) if text(duration)[-1:].isalpha() else f"{duration} s"


_UNITS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600}


def _until(seen: Seen, duration: object) -> str:
    """How much is left, for durations of one unit, as people write them."""
    words = str(duration)
    unit, number = (words[-1], words[:-1]) if words[-1:].isalpha() else ("s", words)
    if unit not in _UNITS or not number.isdecimal() or not seen.status.paused_since:
        return ""
    end = datetime.fromisoformat(seen.status.paused_since) + timedelta(seconds=int(number) * _UNITS[unit])
    return f", {max(0, round((end - seen.now).total_seconds()))} s of which are left"


def _blue_green(seen: Seen) -> Cause:
    strategy = mapping(mapping(mapping(seen.rollout.get("spec")).get("strategy")).get("blueGreen"))
    seconds = integer(strategy.get("autoPromotionSeconds"))
    sentence = (
        "The new version is ready behind the preview Service, and has no traffic of the active one yet."
    )
    how = (
        f"It is switched {seconds} s after that began."
        if seconds
        else "It is switched when somebody promotes it."
    )
    return Cause(state=State.WAITING, sentences=(sentence, how), advice=_decide(seen))


_PAUSES: Final[Mapping[str, Callable[[Seen], Cause]]] = {
    PauseReason.STEP: _pause_step,
    PauseReason.BLUE_GREEN: _blue_green,
    PauseReason.INCONCLUSIVE_ANALYSIS: _inconclusive,
    PauseReason.INCONCLUSIVE_EXPERIMENT: _experiment,
}


def _healthy(seen: Seen) -> Cause | None:
    if seen.status.phase != "Healthy":
        return None
    sentence = f"Revision {seen.status.revision or '?'} has all traffic, and {seen.status.ready} of {seen.status.wanted} pods are available."
    return Cause(state=State.HEALTHY, sentences=(sentence,))


def _degraded(seen: Seen) -> Cause | None:
    if seen.status.phase != "Degraded":
        return None
    sentence = f"It is degraded: {seen.status.message or 'the controller gives no reason'}"
    return Cause(
        state=State.STOPPED, sentences=(sentence,), advice=(Advice(_LOOK, seen.command("get rollout")),)
    )


def _busy(seen: Seen) -> Cause:
    """On its way. A router that cannot set a weight holds a Rollout up without any other sign than its Events."""
    sentences = [_doing(seen), *seen.running]
    advice = [Advice(_LOOK, seen.command("get rollout"))]
    if any(each.reason in _ROUTING for each in seen.warnings):
        sentences.append(
            "The traffic router cannot do its part, and is asked again and again; what it says is below."
        )
        advice.insert(0, Advice("Do what that text says; docs/troubleshooting.md explains each"))
    return Cause(state=State.PROGRESSING, sentences=tuple(sentences), advice=tuple(advice))


_ROUTING: Final = frozenset(
    {"TrafficRoutingError", "WeightVerifyError", "WeightNotVerified", "WeightsOverwritten"}
)


def _doing(seen: Seen) -> str:
    """What is waited for in the present step."""
    message = f" The controller says: {seen.status.message}." if seen.status.message else ""
    step = next(iter(seen.step), "")
    if step == "setWeight":
        return (
            f"The weight {seen.step[step]} is being set: pods have to be ready and routes verified.{message}"
        )
    if step == "analysis":
        return f"An analysis decides whether it goes on.{message}"
    if step:
        return f"The step {step} is being carried out.{message}"
    wanted = "" if items(seen.status.conditions) else " It is new."
    return f"{_pods(seen.status)}{message}{wanted}"


_CAUSES: Final[tuple[Callable[[Seen], Cause | None], ...]] = (
    _unseen,
    _invalid,
    _aborted,
    _timed_out,
    _held,
    _paused,
    _healthy,
    _degraded,
    _busy,
)
