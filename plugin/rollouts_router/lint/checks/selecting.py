"""Which labels a selector of a file means, and which labels the pods of a Rollout have."""

from collections.abc import Mapping
from typing import Any

from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.lint.manifests import Given, Manifest


def selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a LabelSelector matches; fields count whatever their case, as in the plugin's block."""
    folded = {key.casefold(): value for key, value in selector.items()}
    wanted = mapping(folded.get("matchlabels"))
    expressions = [mapping(each) for each in items(folded.get("matchexpressions"))]
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(each, labels) for each in expressions
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = text(expression.get("key")), items(expression.get("values"))
    match text(expression.get("operator")):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def pod_labels(given: Given, rollout: Manifest) -> Mapping[str, Any] | None:
    """The labels of a Rollout's pods; None when its template is in an object that was not given."""
    if rollout.get("spec", "template") is not None:
        return rollout.map("spec", "template", "metadata", "labels")
    reference = rollout.map("spec", "workloadRef")
    workload = given.named(rollout, text(reference.get("kind")), text(reference.get("name")))
    return workload.map("spec", "template", "metadata", "labels") if workload is not None else None
