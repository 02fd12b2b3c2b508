"""Whatever a field of an object holds, the doctor tells something and never breaks off."""

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.doctor import world
from tests.doctor.breaks import BREAKS, CLAIMS, HEADER, IGNORES, MIRROR, WEIGHT
from tests.doctor.cluster import FakeCluster
from tests.doctor.test_looking import looked

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.doctor.judging import findings_of
from rollouts_router.doctor.report import render

ODD = (
    None,
    True,
    7,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    {"a": None},
    "2026-11-01T08:00:00",
    [{"name": 7}],
)


def full() -> FakeCluster:
    """A world with something of everything."""
    cluster = world.good()
    analysis = {"analysis": {"templates": [{"templateName": "a", "clusterScope": True}]}}
    routing = {
        "managedRoutes": [{"name": "h"}, {"name": "m"}],
        "plugins": {PLUGIN_NAME: {"httpRoute": "web", "keda": {}}},
    }
    steps = (WEIGHT, HEADER, MIRROR, analysis, {"experiment": {"templates": [], "analyses": []}})
    cluster.add("rollouts", world.rollout("web", None, *steps, trafficRouting=routing))
    cluster.add("rollouts", world.rollout("rival", {"httpRouteSelector": {"matchLabels": {"a": "b"}}}))
    labels = {
        "a": "b",
        "kustomize.toolkit.fluxcd.io/name": "k",
        "kustomize.toolkit.fluxcd.io/namespace": "flux",
    }
    notes = {
        "argocd.argoproj.io/tracking-id": "app:x",
        CLAIMS: json.dumps({"shop/gone": {"share": True}}),
    }
    cluster.add("httproutes", world.route("web", labels=labels, annotations=notes))
    cluster.add("applications", world.thing("app", "argocd", spec={"ignoreDifferences": IGNORES}))
    cluster.add(
        "kustomizations", world.thing("k", "flux", spec={"ignore": [{"target": {"kind": "HTTPRoute"}}]})
    )
    BREAKS["RR406"](cluster)
    cluster.add("horizontalpodautoscalers", world.autoscaler("h", "2.18.0"))
    cluster.add("clusteranalysistemplates", world.thing("a", ""))
    return cluster


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that is in an object."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, each in inside for deeper in places(each, (*path, key)))]


PLACES = [(key, path) for key, thing in full().objects.items() for path in places(thing) if path]


def is_typed(path: tuple[Any, ...]) -> bool:
    """Whether an API server lets nobody write something else there."""
    return path[0] == "metadata" and len(path) < 3


def test_the_full_world_has_findings_of_every_family() -> None:
    found = findings_of(asyncio.run(looked(full())))
    assert {each.rule.code[:3] for each in found} == {"RR2", "RR3", "RR4", "RR5"}


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([each for each in PLACES if not is_typed(each[1])]), st.sampled_from(ODD))
def test_an_object_that_is_odd_somewhere_is_told_of_or_passed_over(place: Any, odd: Any) -> None:
    cluster = json_copy(full())
    (key, path) = place
    at = cluster.objects[key]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = odd
    assert render(asyncio.run(looked(cluster)), quiet=False).startswith("install\n")


def json_copy(cluster: FakeCluster) -> FakeCluster:
    """Objects that share nothing with those of another world."""
    cluster.objects = {key: json.loads(json.dumps(thing)) for key, thing in cluster.objects.items()}
    return cluster
