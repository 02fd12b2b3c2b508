"""Rollouts that are paused: for which reason, until when, and who has to do something. Values in, sentences out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from rollouts_router.core.untyped import integer, mapping, text
from rollouts_router.why.answers import Advice, Cause, Seen, State
from rollouts_router.why.findings import Phase
from rollouts_router.why.status import PauseReason


def paused(seen: Seen) -> Cause | None:
    """The answer for a Rollout that is paused; None for one that is not."""
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
    verdicts = tuple(each for each in seen.verdicts if each.phase is Phase.INCONCLUSIVE)
    end = ":" if verdicts else "."
    told = f"An analysis is inconclusive, neither good nor bad, so somebody has to decide{end}"
    return Cause(state=State.STOPPED, sentences=(told,), advice=_decide(seen), verdicts=verdicts)


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
