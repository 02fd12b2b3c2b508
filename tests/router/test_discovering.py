"""Which routes a Rollout would get, and why others not."""

from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import GRPC, HTTP, TCP, Json, ref, rollout, rule, spec
from tests.fakes.routers import Setup

from rollouts_router.core.errors import FieldError, NotAllowedError, RoutingError
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.discovering import Findings, Reason

SELECTED = {"httpRouteSelector": {"matchLabels": {"app": "web"}}}
LABELS = {"labels": {"app": "web"}}
BOTH = [rule(ref("stable", 60), ref("canary", 40), name="main"), rule(ref("stable"), ref("other"))]


def find(setup: Setup, block: Json, *, unselected: bool = True, **fields: Any) -> Findings:
    """What is found for Rollout shop/web."""
    return run(setup.desk.discovering().discover(rollout(block, **fields), unselected=unselected))


def left(found: Findings) -> list[tuple[str, Reason]]:
    """Which routes are left out, and why."""
    return [(each.key.name, each.reason) for each in found.left_out]


def test_routes_come_in_the_order_of_the_configuration_with_what_they_carry() -> None:
    setup = Setup()
    setup.api.create("z", spec(*BOTH))
    setup.api.create("a", spec(), **LABELS)
    setup.api.create("g", spec(), kind=GRPC)

    found = find(setup, {**SELECTED, "httpRoutes": [{"name": "z"}], "grpcRoute": "g"})

    assert [(each.seen.key.name, each.entry.field) for each in found.routes] == [
        ("z", "httpRoutes[0].name"),
        ("a", ""),
        ("g", "grpcRoute"),
    ]
    [carried] = found.routes[0].seen.rules
    assert (carried.index, carried.name) == (0, "main")
    assert [(each.backend.name, each.role.value, each.weight) for each in carried.backends] == [
        ("stable", "stable", 60),
        ("canary", "canary", 40),
    ]
    assert (found.left_out, found.problems, found.warnings) == ((), (), ())


def test_a_route_narrowed_to_rules_shows_only_those() -> None:
    setup = Setup()
    setup.api.create("a", spec(BOTH[0], rule(ref("stable", 1), ref("canary", 2), name="second")))

    found = find(setup, {"httpRoutes": [{"name": "a", "ruleName": "second"}]})

    assert [each.name for each in found.routes[0].seen.rules] == ["second"]


def test_every_reason_for_being_left_out_is_told() -> None:
    setup = Setup()
    setup.api.create("taken", spec(), **LABELS)
    run(setup.router.set_weight(rollout({"httpRoute": "taken"}, name="rival"), 20))
    setup.api.create("half", spec(rule(ref("stable"))), **LABELS)
    setup.api.create("named", spec(rule(ref("canary"))))
    setup.api.create("nobody", spec())
    setup.api.create("strange", spec(rule(ref("other"))))

    found = find(setup, {**SELECTED, "httpRoutes": [{"name": "named"}, {"name": "gone"}]})

    assert sorted(left(found), key=str) == [
        ("gone", Reason.MISSING),
        ("half", Reason.NO_RULE),
        ("named", Reason.NO_RULE),
        ("nobody", Reason.NOT_SELECTED),
        ("taken", Reason.REFUSED),
    ]
    assert len(found.problems) == 3
    assert any("both set the weights" in problem for problem in found.problems)
    assert "neither names nor selects it" in found.left_out[-1].sentence
    assert found.routes == ()


def test_without_any_route_the_sentence_is_that_of_the_step() -> None:
    found = find(Setup(), SELECTED)

    assert found.problems[0].startswith("No routes configured.")


def test_unknown_keys_are_warned_of() -> None:
    setup = Setup()
    setup.api.create("a", spec())

    assert find(setup, {"httpRoute": "a", "httpRote": "b"}).warnings == (
        'unknown key "httpRote" is ignored, did you mean "httpRoute"?',
    )


def test_a_kind_that_may_not_be_listed_is_told_and_hides_nothing_else() -> None:
    setup = Setup()
    setup.api.create("a", spec())
    setup.api.create("b", spec(), kind=GRPC)
    setup.api.faults[Verb.LIST, ""] = [lambda call: Forbidden(call, f"no {call.resource.plural}")]

    found = find(setup, {"httpRoute": "a"})

    assert left(found) == [("b", Reason.NOT_SELECTED)]
    assert found.warnings[0].startswith("no httproutes")


def test_a_kind_that_is_not_served_is_a_problem() -> None:
    setup = Setup()
    setup.api.served = {HTTP.plural: ("v1",)}

    assert "serves no GRPCRoute" in find(setup, {"grpcRoute": "a"}).problems[0]


def test_what_would_stop_the_first_write_is_a_problem_already() -> None:
    setup = Setup()
    both = rule(ref("stable", 1), ref("canary", 0))
    setup.api.create("t", spec(both, both), kind=TCP)

    found = find(setup, {"tcpRoute": "t"})

    assert [each.seen.key.name for each in found.routes] == ["t"]
    assert "has 2 rules" in found.problems[0]


def test_a_missing_grant_is_a_problem_already() -> None:
    setup = Setup()
    setup.api.served["referencegrants"] = ("v1beta1",)
    refs = [ref("stable", 1, namespace="shop"), ref("canary", 0, namespace="shop")]
    setup.api.create("a", spec(rule(*refs)), space="edge")

    found = find(setup, {"httpRoute": "a", "namespace": "edge"})

    assert (len(found.routes), found.namespace) == (1, "edge")
    assert "ReferenceGrant" in found.problems[0]


def test_nobody_looks_beyond_when_that_is_not_wanted() -> None:
    setup = Setup()
    setup.api.create("a", spec())

    find(setup, {"httpRoute": "a"}, unselected=False)

    assert [call.verb for call in setup.api.calls] == [Verb.GET]


def test_what_cannot_be_read_is_an_error_and_no_finding() -> None:
    setup = Setup()
    setup.api.faults[Verb.GET, "a"] = [lambda call: Unavailable(call, "away")]

    with pytest.raises(RoutingError, match="away"):
        find(setup, {"httpRoute": "a"})


def test_a_configuration_that_cannot_be_meant_is_an_error() -> None:
    with pytest.raises(FieldError):
        find(Setup(), {"httpRoute": 5})
    with pytest.raises(NotAllowedError):
        find(Setup(allowed=frozenset({"other"})), {"httpRoute": "a"})


def test_discovery_writes_nothing_and_says_nothing() -> None:
    setup = Setup()
    setup.api.create("a", spec(), **LABELS)

    find(setup, SELECTED)

    assert setup.api.named(Verb.PATCH) == []
    assert setup.log.lines == []
