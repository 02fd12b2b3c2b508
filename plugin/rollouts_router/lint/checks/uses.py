"""Where Rollouts use analysis templates: with which arguments, and which templates that comes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.lint.checks.metrics import CLUSTER_TEMPLATE, TEMPLATE
from rollouts_router.lint.documents import Step
from rollouts_router.lint.manifests import ROLLOUTS, Given, Manifest

MAX_TEMPLATES: Final = 100
"""Of one analysis; templates may name others, and each other."""

_STRATEGY: Final = ("spec", "strategy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One analysis of a Rollout.

    Attributes:
        rollout: Whose.
        path: Where in the Rollout.
        step: Which step it is; None when it is none.
        may_be_endless: Whether it is ended by something else than itself.
        templates: All that it comes to and that were given, those that others name included.
        missing: Names of those that were not given.
        arguments: What the Rollout gives, by name.
    """

    rollout: Manifest
    path: tuple[Step, ...]
    step: int | None
    may_be_endless: bool
    templates: tuple[Manifest, ...]
    missing: tuple[str, ...]
    arguments: Mapping[str, Mapping[str, Any]]


def uses(given: Given) -> list[Use]:
    """Every analysis of every Rollout."""
    return [use for rollout in given.of("Rollout", ROLLOUTS) for use in _of_rollout(given, rollout)]


def _of_rollout(given: Given, rollout: Manifest) -> Iterator[Use]:
    canary, blue_green = (*_STRATEGY, "canary"), (*_STRATEGY, "blueGreen")
    for at, entry in enumerate(rollout.list(*canary, "steps")):
        step = mapping(entry)
        if "analysis" in step:
            yield _use(given, rollout, (*canary, "steps", at, "analysis"), step=at)
        for index, _ in enumerate(items(mapping(step.get("experiment")).get("analyses"))):
            yield _use(
                given, rollout, (*canary, "steps", at, "experiment", "analyses", index), may_be_endless=True
            )
    for path, background in (
        ((*canary, "analysis"), True),
        ((*blue_green, "prePromotionAnalysis"), False),
        ((*blue_green, "postPromotionAnalysis"), False),
    ):
        if rollout.get(*path):
            yield _use(given, rollout, path, may_be_endless=background)


def _use(
    given: Given,
    rollout: Manifest,
    path: tuple[Step, ...],
    *,
    step: int | None = None,
    may_be_endless: bool = False,
) -> Use:
    fields = rollout.map(*path)
    # An experiment names one template an entry, everything else has a list.
    references = items(fields.get("templates")) or ([fields] if fields.get("templateName") else [])
    found, missing = resolve(given, rollout, references)
    entries = [mapping(each) for each in items(fields.get("args"))]
    return Use(
        rollout=rollout,
        path=path,
        step=step,
        may_be_endless=may_be_endless,
        templates=found,
        missing=missing,
        arguments={text(each.get("name")): each for each in entries},
    )


def resolve(
    given: Given, user: Manifest, references: list[object]
) -> tuple[tuple[Manifest, ...], tuple[str, ...]]:
    """The templates that references come to, and the names of those that are not there."""
    found: list[Manifest] = []
    missing: list[str] = []
    waiting = [(user, each) for each in references]
    while waiting and len(found) < MAX_TEMPLATES:
        source, reference = waiting.pop(0)
        fields = mapping(reference)
        name, is_cluster = text(fields.get("templateName")), fields.get("clusterScope") is True
        template = given.named(source, CLUSTER_TEMPLATE if is_cluster else TEMPLATE, name, ROLLOUTS)
        if template is None:
            missing.append(name)
        elif template not in found:
            found.append(template)
            waiting.extend((template, each) for each in template.list("spec", "templates"))
    return tuple(found), tuple(dict.fromkeys(missing))
