"""The Services of an experiment and their ports."""

import asyncio
from typing import Any

import pytest
from tests.fakes.api import FakeApi
from tests.fakes.objects import rollout

from rollouts_router.core.backends import service
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.weigh import Destination
from rollouts_router.kube.errors import ApiError, Forbidden, Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.ports import Experiment, ServicePorts, shares


def with_services(**specs: Any) -> FakeApi:
    """An API with these Services."""
    api = FakeApi(served={"services": ("v1",)})
    for name, spec in specs.items():
        api.objects["services", "shop", name] = {"metadata": {"name": name}, "spec": spec}
    return api


def found(api: FakeApi, *experiments: Experiment) -> tuple[Destination, ...]:
    """What traffic of these goes to."""
    return asyncio.run(ServicePorts(api).destinations(rollout(), experiments))


HTTP_LAST = {"ports": [{"name": "metrics", "port": 9090}, {"name": "http", "port": 8080}]}


def test_the_port_named_http_counts_or_else_the_first() -> None:
    api = with_services(a=HTTP_LAST, b={"ports": [{"name": "grpc", "port": 1}, {"port": 2}]})

    assert found(api, Experiment("a", 10), Experiment("b", 0)) == (
        Destination(service("shop", "a"), 8080, 10),
        Destination(service("shop", "b"), 1, 0),
    )
    assert sorted(api.named(Verb.GET)) == ["a", "b"]


def test_without_an_experiment_nobody_is_asked() -> None:
    api = FakeApi()

    assert found(api) == ()
    assert api.calls == []


def test_a_weight_is_never_less_than_nothing() -> None:
    assert found(with_services(a=HTTP_LAST), Experiment("a", -5))[0].weight == 0


ODD = [
    None,
    {},
    5,
    {"ports": None},
    {"ports": []},
    {"ports": 5},
    {"ports": [5, None, {}, {"port": "80"}, {"port": True}]},
]


@pytest.mark.parametrize("spec", ODD)
def test_a_service_without_a_port_is_an_error(spec: object) -> None:
    with pytest.raises(RoutingError) as error:
        found(with_services(a=spec), Experiment("a", 10))

    assert str(error.value) == (
        "Service shop/a has no port, so no traffic of the experiment of Rollout shop/web can go to it; give it one"
    )


def test_odd_ports_are_passed_over() -> None:
    spec = {"ports": [5, {"name": "http"}, {"name": ["http"], "port": 7}]}

    assert found(with_services(a=spec), Experiment("a", 10))[0].port == 7


def test_a_service_that_is_missing_is_told_with_who_needs_it() -> None:
    with pytest.raises(RoutingError, match=r'"a" not found.*Rollout shop/web needs it for its experiment'):
        found(with_services(), Experiment("a", 10))


@pytest.mark.parametrize("kind", [Forbidden, Unavailable])
def test_what_the_api_says_is_passed_on_and_the_first_in_order_is_told(kind: type[ApiError]) -> None:
    api = with_services(a=HTTP_LAST, b=HTTP_LAST)
    api.faults[Verb.GET, "b"] = [lambda call: kind(call, "first")]
    api.faults[Verb.GET, "a"] = [lambda call: Forbidden(call, "second")]

    with pytest.raises(kind, match="first"):
        found(api, Experiment("b", 1), Experiment("a", 1))
    assert len(api.calls) == 2


def test_a_template_that_got_no_service_is_told_of_without_asking_for_one() -> None:
    """The controller sends an empty name where the pods of a template declare no port."""
    api = FakeApi()

    with pytest.raises(RoutingError, match="pods that declare a containerPort: add ports") as error:
        asyncio.run(ServicePorts(api).destinations(rollout(), [Experiment("", 10)]))

    assert str(error.value).startswith(
        "Rollout shop/web: a template of its experiment has a weight, and the controller names no Service for it."
    )
    assert not api.calls


def test_a_log_line_tells_shares_only_of_an_experiment() -> None:
    assert shares([Experiment("a", 5), Experiment("b", 10)]) == {"experiments": "a=5 b=10"}
    assert shares([]) == {}
