"""Reading what a configuration names and selects: all at once, in the best version that is served."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.objects import GRPC, HTTP, TCP, TLS, UDP, rollout, spec

from rollouts_router.core.config import BLOCK, parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import FoundRoute
from rollouts_router.kube.errors import ApiError, Forbidden, NotFound, NotServed, Unavailable
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.router.reads import RouteReads


def api(*names: str) -> FakeApi:
    """An API with these HTTPRoutes."""
    made = FakeApi()
    for name in names:
        made.create(name, spec(), labels={"app": name})
    return made


def find(source: FakeApi, **block: Any) -> tuple[FoundRoute, ...]:
    """What a Rollout with this block finds; the first failure is raised."""
    reading = run(RouteReads(source, source).find(parse_config(rollout(block))))
    for failure in reading.failures:
        raise failure
    return reading.routes


def found(source: FakeApi, **block: Any) -> list[tuple[str, str]]:
    """The same as key and field."""
    return [(str(entry.route.key), entry.field) for entry in find(source, **block)]


def failing(kind: type[ApiError], message: str) -> list[Callable[[Call], ApiError]]:
    """One answer of this kind."""
    return [lambda call: kind(call, message)]


def test_one_request_a_name_and_one_a_selector_in_the_order_of_the_configuration() -> None:
    source = api("a", "b", "c")
    source.create("d", spec(), kind=TCP)

    assert found(source, tcpRoute="d", httpRoute="b", httpRoutes=[{"name": "c"}], httpRouteSelector={}) == [
        ("HTTPRoute shop/c", "httpRoutes[0].name"),
        ("HTTPRoute shop/b", "httpRoute"),
        ("HTTPRoute shop/a", ""),
        ("HTTPRoute shop/b", ""),
        ("HTTPRoute shop/c", ""),
        ("TCPRoute shop/d", "tcpRoute"),
    ]
    assert len(source.calls) == 4


def test_what_is_found_is_the_object_as_the_api_has_it() -> None:
    source = api("a")

    [by_name] = find(source, httpRoute="a")
    [by_selector] = find(source, httpRouteSelector={})

    assert by_name.route == by_selector.route
    assert by_name.route.object == source.look("a")
    assert by_name.route.key == RouteKey(HTTP, "shop", "a")


def test_a_selector_selects_by_its_labels_in_its_namespace() -> None:
    source = api("a", "b")
    source.create("a", spec(), space="edge", labels={"app": "a"})
    source.create("a", spec(), kind=GRPC, labels={"app": "a"})

    assert found(source, namespace="edge", httpRouteSelector={"matchLabels": {"app": "a"}}) == [
        ("HTTPRoute edge/a", "")
    ]


def test_a_selector_that_matches_nothing_finds_nothing() -> None:
    assert found(api("a"), httpRouteSelector={"matchLabels": {"app": "z"}}) == []


def test_all_is_read_at_once() -> None:
    names = [f"r{number}" for number in range(50)]
    source = api(*names)

    find(source, httpRoutes=[{"name": name} for name in names], tlsRouteSelector={})

    assert source.most == 51


def test_a_named_route_that_is_missing_is_told_with_the_field_that_names_it() -> None:
    with pytest.raises(RoutingError) as error:
        find(api("a"), httpRoutes=[{"name": "a"}, {"name": "b"}])

    assert str(error.value) == (
        'httproutes.gateway.networking.k8s.io "b" not found'
        " (get httproutes.gateway.networking.k8s.io shop/b: HTTP 404);"
        f" {BLOCK}.httpRoutes[1].name names it: create it, or correct the name"
    )


def test_of_several_errors_the_first_in_the_order_of_the_configuration_is_told() -> None:
    source = api("a")
    source.faults[Verb.LIST, ""] = failing(Unavailable, "down")
    source.faults[Verb.GET, "a"] = failing(Forbidden, "not you")

    with pytest.raises(Forbidden, match="not you"):
        find(source, httpRoutes=[{"name": "a"}, {"name": "b"}], grpcRouteSelector={})


@pytest.mark.parametrize("item", [{}, {"metadata": None}, {"metadata": {}}, {"metadata": {"name": ""}}, {"metadata": {"name": 5}}])  # fmt: skip
def test_an_item_without_a_name_is_an_error_that_says_so(item: dict[str, Any]) -> None:
    class Strange(FakeApi):
        async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[Any]:
            return [item]

    with pytest.raises(RoutingError, match=r"a HTTPRoute without metadata\.name from namespace shop"):
        find(Strange(), httpRouteSelector={})


def test_the_best_version_that_is_served_is_used() -> None:
    source = api("a")
    source.create("b", spec(), kind=TLS)
    source.served |= {"httproutes": ("v1alpha2", "v1beta1"), "tlsroutes": ("v1alpha2", "v1alpha3")}

    find(source, httpRoute="a", tlsRoute="b")

    assert sorted((call.resource.plural, call.resource.version) for call in source.calls) == [
        ("httproutes", "v1beta1"),
        ("tlsroutes", "v1alpha3"),
    ]


def test_the_served_versions_are_asked_for_once_and_remembered() -> None:
    source = api("a", "b")
    reads = RouteReads(source, source)
    config = parse_config(rollout({"httpRoutes": [{"name": "a"}, {"name": "b"}]}))

    run(reads.find(config))
    run(reads.find(config))

    assert source.asked == 1


def test_a_version_that_is_served_no_more_is_looked_up_again_once() -> None:
    source = api("a")
    reads = RouteReads(source, source)
    key = RouteKey(HTTP, "shop", "a")
    run(reads.get(key))
    source.served["httproutes"] = ("v1beta1",)

    run(reads.get(key))

    assert [call.resource.version for call in source.calls] == ["v1", "v1", "v1beta1"]
    assert source.asked == 2


def test_a_resource_that_is_listed_and_yet_not_served_is_an_error_after_the_second_look() -> None:
    source = api("a")
    source.faults[Verb.GET, "a"] = failing(NotServed, "404 page not found") * 2

    with pytest.raises(NotServed, match="CustomResourceDefinition"):
        find(source, httpRoute="a")

    assert source.named(Verb.GET) == ["a", "a"]


def test_a_kind_whose_definition_was_removed_meanwhile_is_told_in_a_sentence() -> None:
    source = api("a")
    reads = RouteReads(source, source)
    key = RouteKey(HTTP, "shop", "a")
    run(reads.get(key))
    del source.served["httproutes"]

    with pytest.raises(RoutingError, match="this cluster serves no HTTPRoute that can be used"):
        run(reads.get(key))


def test_a_kind_whose_definition_is_absent_is_told_in_a_sentence() -> None:
    source = FakeApi(served={})

    with pytest.raises(RoutingError) as error:
        find(source, udpRouteSelector={})

    assert str(error.value) == (
        "this cluster serves no UDPRoute that can be used: install the Gateway API CRD"
        " udproutes.gateway.networking.k8s.io in one of the versions v1, v1alpha2"
    )
    assert source.calls == []


def test_a_kind_that_is_served_in_unknown_versions_only_says_which() -> None:
    source = FakeApi(served={UDP.plural: ("v2", "v3alpha1")})

    with pytest.raises(RoutingError, match=re.escape("versions v1, v1alpha2; it serves only v2, v3alpha1")):
        find(source, udpRoute="a")


def test_a_route_that_is_gone_is_for_the_caller_to_judge() -> None:
    source = api()

    with pytest.raises(NotFound):
        run(RouteReads(source, source).get(RouteKey(HTTP, "shop", "a")))
