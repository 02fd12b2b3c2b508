"""The prepared requests: what a bare loop sends for a call."""

from __future__ import annotations

import json

import jsonpatch

from e2e.bench import jobs
from e2e.bench.scenes import Scene


def test_a_patch_guards_what_it_was_made_from_and_sets_every_weight() -> None:
    """Uid, generation and the names come first; then each Service's weight in each rule."""
    scene = Scene(namespace="here", routes=1)
    route = next(scene.objects())
    route["metadata"] |= {"uid": "u-1", "generation": 7}

    (write,) = jobs.writes([route], 30)

    steps = json.loads(write.body)
    places = [f"/spec/rules/{rule}/backendRefs/{ref}" for rule in (0, 1) for ref in (0, 1)]
    assert write.target.endswith("/namespaces/here/httproutes/app-0-route-0?fieldManager=rollouts-router")
    assert [(step["op"], step["path"], step["value"]) for step in steps] == [
        ("test", "/metadata/uid", "u-1"),
        ("test", "/metadata/generation", 7),
        *(
            ("test", f"{place}/name", name)
            for place, name in zip(places, ("app-0-stable", "app-0-canary") * 2, strict=True)
        ),
        *(("replace", f"{place}/weight", share) for place, share in zip(places, (70, 30) * 2, strict=True)),
    ]


def test_a_change_leads_from_one_state_of_a_route_to_another_and_is_none_where_they_are_alike() -> None:
    """Labels, annotations and the spec count; what the API server writes itself does not."""
    before, after = (next(Scene(namespace="here", routes=1).objects()) for _ in range(2))
    for route, generation in ((before, 7), (after, 9)):
        route["metadata"] |= {"uid": "u-1", "generation": generation}
    assert jobs.change(before, after) is None
    after["spec"]["rules"].append({"name": "new"})
    after["metadata"]["annotations"] = {"a": "b"}

    write = jobs.change(before, after)

    assert write is not None
    steps = json.loads(write.body)
    assert [(step["op"], step["path"]) for step in steps[:2]] == [
        ("test", "/metadata/uid"),
        ("test", "/metadata/generation"),
    ]
    done = jsonpatch.apply_patch(before, steps)
    assert (done["spec"], done["metadata"]["annotations"]) == (after["spec"], {"a": "b"})
    assert jobs.change(done, after) is None


def test_a_route_carries_a_weight_when_every_ref_has_its_share() -> None:
    """One ref that differs is enough to say no."""
    route = next(Scene(namespace="here", routes=1).objects())
    assert jobs.carries(route, 0)

    route["spec"]["rules"][1]["backendRefs"][1]["weight"] = 5

    assert not jobs.carries(route, 0)


def test_a_scene_is_read_by_name_or_by_one_list_a_rollout() -> None:
    """As its Rollouts refer to their routes."""
    by_name = Scene(namespace="here", routes=2, by_name=True).reads()
    by_label = Scene(namespace="here", routes=2, rollouts=2).reads()

    assert [target.rpartition("/")[2] for target in by_name] == ["app-0-route-0", "app-0-route-1"]
    assert [target.rpartition("?")[2] for target in by_label] == [
        "limit=500&labelSelector=app%3Dapp-0",
        "limit=500&labelSelector=app%3Dapp-1",
    ]
