"""Which Services, which maximum, and what a Rollout that says neither is told."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fakes.objects import rollout

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.model import MAX_BACKEND_WEIGHT, PingPong, Rollout, Services

CANARY = "spec.strategy.canary"


def test_the_services_are_those_that_the_rollout_names() -> None:
    assert rollout().services() == Services(stable="stable", canary="canary")


@pytest.mark.parametrize(
    ("stable_is_ping", "services"),
    [(True, Services(stable="ping", canary="pong")), (False, Services(stable="pong", canary="ping"))],
)
def test_under_ping_pong_the_status_tells_which_one_is_stable(
    stable_is_ping: bool,  # noqa: FBT001  # parametrized
    services: Services,
) -> None:
    asked = rollout(ping_pong=PingPong("ping", "pong"), stable_is_ping=stable_is_ping)

    assert asked.services() == services


def test_under_ping_pong_the_plain_pair_is_not_looked_at() -> None:
    asked = rollout(ping_pong=PingPong("ping", "pong"), stable_service="", canary_service="")

    assert asked.services() == Services(stable="pong", canary="ping")


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"stable_service": ""}, f"{CANARY}.stableService must"),
        ({"canary_service": ""}, f"{CANARY}.canaryService must"),
        (
            {"stable_service": "", "canary_service": ""},
            f"{CANARY}.stableService and {CANARY}.canaryService must",
        ),
        ({"ping_pong": PingPong("", "b")}, f"{CANARY}.pingPong.pingService must"),
        ({"ping_pong": PingPong("a", "")}, f"{CANARY}.pingPong.pongService must"),
    ],
)
def test_a_missing_service_is_named_by_its_field(fields: dict[str, object], missing: str) -> None:
    with pytest.raises(RoutingError) as error:
        rollout(**fields).services()

    assert str(error.value) == f"Rollout shop/web: {missing} name a Service"


@pytest.mark.parametrize(
    ("fields", "both"),
    [
        ({"canary_service": "stable"}, 'stableService and canaryService are both "stable"'),
        ({"ping_pong": PingPong("a", "a")}, 'pingPong.pingService and pingPong.pongService are both "a"'),
    ],
)
def test_two_equal_services_are_refused(fields: dict[str, object], both: str) -> None:
    with pytest.raises(RoutingError) as error:
        rollout(**fields).services()

    assert both in str(error.value)
    assert "two Services" in str(error.value)


def test_without_a_maximum_it_is_a_hundred() -> None:
    assert rollout().max_weight() == 100


@given(st.integers(1, MAX_BACKEND_WEIGHT))
@example(1)
@example(MAX_BACKEND_WEIGHT)
def test_a_maximum_that_a_backend_can_carry_is_taken(maximum: int) -> None:
    assert rollout(max_traffic_weight=maximum).max_weight() == maximum


@pytest.mark.parametrize("maximum", [-1, MAX_BACKEND_WEIGHT + 1])
def test_a_maximum_that_no_backend_can_carry_is_refused(maximum: int) -> None:
    with pytest.raises(
        RoutingError, match=rf"maxTrafficWeight is {maximum}; a backendRef carries 1 to 1000000"
    ):
        rollout(max_traffic_weight=maximum).max_weight()


def test_a_rollout_calls_itself_by_namespace_and_name() -> None:
    assert str(Rollout(namespace="a", name="b")) == "Rollout a/b"


@pytest.mark.parametrize(
    ("fields", "loses"),
    [
        ({"managed_steps": (True, False)}, True),
        ({"managed_steps": (True, False), "step_index": 1}, True),
        ({"managed_steps": (True, False), "step_index": 2}, False),
        ({"managed_steps": (False, True)}, False),
        ({"managed_steps": (False, True), "step_index": 1}, True),
        ({"managed_steps": (True, False), "skips_steps": True}, False),
        ({"managed_steps": ()}, False),
    ],
)
def test_managed_routes_are_lost_when_they_are_removed_between_their_step_and_the_last(
    fields: dict[str, Any], *, loses: bool
) -> None:
    assert rollout(**fields).loses_managed_routes() is loses
