"""PodDisruptionBudgets over the pods of Rollouts: whether they let any pod go."""

import math
import re
from collections.abc import Iterator

from rollouts_router.core.untyped import integer
from rollouts_router.findings.model import Finding
from rollouts_router.lint.checks.scaling import driven, scalers
from rollouts_router.lint.checks.selecting import pod_labels, selects
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest
from rollouts_router.lint.rules.scaling import UNSATISFIABLE


def check_budgets(given: Given) -> Iterator[Finding]:
    """Every budget against every Rollout whose pods it means."""
    for budget in given.of("PodDisruptionBudget", "policy"):
        for rollout in given.beside(budget, "Rollout", ROLLOUTS):
            labels = pod_labels(given, rollout)
            if labels and selects(budget.map("spec", "selector"), labels):
                yield from _budget(budget, rollout, _least(given, rollout))


def _least(given: Given, rollout: Manifest) -> int:
    """The least number of pods that a Rollout is meant to have: at zero there is nothing to guard."""
    floors = [scaler.least for scaler in scalers(given) if driven(given, scaler) is rollout]
    replicas = integer(rollout.get("spec", "replicas"))
    return max(1, min(floors) if floors else 1 if replicas is None else replicas)


def _budget(budget: Manifest, rollout: Manifest, least: int) -> Iterator[Finding]:
    """Source: policy/v1: parts of minAvailable are rounded up, and so are those of maxUnavailable."""
    available, unavailable = budget.get("spec", "minAvailable"), budget.get("spec", "maxUnavailable")
    if available is not None:
        needed = _pods(available, least)
        if needed is not None and needed >= least:
            sentence = f"minAvailable {available} of Rollout {rollout.name}, which may have {least} pods"
            yield budget.finding(UNSATISFIABLE, sentence, "spec", "minAvailable")
    elif unavailable is not None and _pods(unavailable, least) == 0:
        sentence = f"maxUnavailable is {unavailable}, for Rollout {rollout.name}"
        yield budget.finding(UNSATISFIABLE, sentence, "spec", "maxUnavailable")


def _pods(value: object, of: int) -> int | None:
    """A number of pods, or a part of them; None when it is neither."""
    percent = re.fullmatch(r"(\d{1,3})%", value) if isinstance(value, str) else None
    return math.ceil(int(percent[1]) * of / 100) if percent else integer(value)
