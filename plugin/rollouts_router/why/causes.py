"""Why a Rollout stands where it stands: one function a cause, asked in order, and the first that knows answers.

The order is the controller's own (`CalculateRolloutPhase` of Argo Rollouts 1.10): what is wrong with the
specification, then aborts, then pauses, then waiting. Values in, sentences out.
"""

from collections.abc import Callable
from typing import Final

from rollouts_router.core.untyped import items
from rollouts_router.why.answers import Advice, Cause, Seen, State
from rollouts_router.why.events import last_step_completed
from rollouts_router.why.pauses import paused
from rollouts_router.why.status import Status

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
    message = condition.message if condition else ""
    reason = _abort_reason(message, seen)
    sentences = (head, *((f"The last that it completed: {last}.",) if last else ()), reason)
    again = Advice(
        "When that was no fault of the new version, try the same again", seen.command("retry rollout")
    )
    fix = Advice("Release a version that is right, or the former one; until then the Rollout stays degraded")
    return Cause(
        state=State.STOPPED,
        sentences=sentences,
        advice=(fix, again, Advice("Make the former version the wanted one", seen.command("undo"))),
        verdicts=seen.verdicts if _is_by_analysis(message) else (),
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
    paused,
    _healthy,
    _degraded,
    _busy,
)
