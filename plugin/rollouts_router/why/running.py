"""Analyses that are not over: what they measured last, and what they wait for. Values in, sentences out."""

from collections.abc import Iterator
from typing import Final

from rollouts_router.core.untyped import JsonObject, integer, items, mapping, text
from rollouts_router.why import wording
from rollouts_router.why.steps import place_words

_OVER: Final = frozenset({"Successful", "Failed", "Error", "Inconclusive"})


def is_running(run: JsonObject) -> bool:
    """Whether the run has no verdict yet."""
    return mapping(run.get("status")).get("phase") not in _OVER


def lines_of(rollout: JsonObject, run: JsonObject) -> Iterator[str]:
    """A run in a few lines: where it is, and each metric's last reading."""
    name = text(mapping(run.get("metadata")).get("name"))
    yield f"Analysis {name} runs{place_words(rollout, run)}"
    results = {
        text(result.get("name")): result
        for result in map(mapping, items(mapping(run.get("status")).get("metricResults")))
    }
    arguments = items(mapping(run.get("spec")).get("args"))
    for metric in map(mapping, items(mapping(run.get("spec")).get("metrics"))):
        yield _line(metric, results.get(text(metric.get("name")), {}), arguments)


def _line(metric: JsonObject, result: JsonObject, arguments: list[object]) -> str:
    name = wording.one_line(text(metric.get("name")), wording.NAME)
    measurements = list(map(mapping, items(result.get("measurements"))))
    if not measurements:
        return f"- {name}: not measured yet"
    last = measurements[-1]
    value = wording.value_shown(text(last.get("value")) or text(last.get("message")))
    ending = text(last.get("phase")).lower() or "under way"
    wanted = metric.get("count")
    of = "" if wanted is None else f" of {wording.filled(str(wanted), arguments)}"
    told = f"- {name}: {value or 'nothing'} ({ending}), measured {integer(result.get('count')) or 0}{of}"
    return told + _patience(metric, result, arguments)


def _patience(metric: JsonObject, result: JsonObject, arguments: list[object]) -> str:
    """What a gate waits for that is still without a good reading: traffic, or its window of time."""
    inconclusive = integer(result.get("inconclusive")) or 0
    if not inconclusive or result.get("successful"):
        return ""
    needs = wording.one_line(
        wording.filled(text(metric.get("successCondition")), arguments), wording.THRESHOLD
    )
    limit = wording.filled(str(metric.get("inconclusiveLimit", 0)), arguments)
    return f"; it waits for {needs or 'a good reading'}, inconclusive {inconclusive} of {limit} allowed"
