"""The table of kinds keeps what users' manifests and runbooks rely on."""

import pytest

from rollouts_router.core.kinds import GROUP, KINDS, RouteKind

HTTP, GRPC, TCP, TLS, UDP = KINDS


def test_the_kinds_come_in_the_order_of_the_existing_plugin_and_then_udp() -> None:
    assert [kind.field for kind in KINDS] == ["httpRoute", "grpcRoute", "tcpRoute", "tlsRoute", "udpRoute"]


def test_a_kind_is_spelled_like_its_field_and_its_resource() -> None:
    for kind in KINDS:
        assert kind.name.lower() == kind.field.lower()
        assert kind.plural == f"{kind.name.lower()}s"
    assert GROUP == "gateway.networking.k8s.io"


def test_versions_are_tried_from_the_stablest_to_the_oldest() -> None:
    assert {kind.name: kind.versions for kind in KINDS} == {
        "HTTPRoute": ("v1", "v1beta1"),
        "GRPCRoute": ("v1", "v1alpha2"),
        "TCPRoute": ("v1", "v1alpha2"),
        "TLSRoute": ("v1", "v1alpha3", "v1alpha2"),
        "UDPRoute": ("v1", "v1alpha2"),
    }


def test_the_words_that_runbooks_match_on_are_those_of_the_existing_plugin() -> None:
    assert [kind.no_rule for kind in KINDS] == [
        "backendRef was not found in httpRoute",
        "backendRef was not found in grpcRoute",
        "backendRef list was not found in tcpRoute",
        "backendRef list was not found in tlsRoute",
        "backendRef list was not found in udpRoute",
    ]


def test_header_steps_make_rules_in_http_and_grpc_routes_only() -> None:
    assert [kind.field for kind in KINDS if kind.managed_rules] == ["httpRoute", "grpcRoute"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_served_version_is_used_whatever_the_order_of_the_server(kind: RouteKind) -> None:
    assert kind.version(tuple(reversed(kind.versions))) == kind.versions[0]
    assert kind.version(kind.versions[1:]) == kind.versions[1]
    assert kind.version(("v7",)) is kind.version(()) is None


@pytest.mark.parametrize("kind", [TCP, TLS, UDP])
def test_a_route_of_several_rules_is_written_through_a_version_that_takes_them(kind: RouteKind) -> None:
    assert kind.version(kind.versions, rules=1) == "v1"
    assert kind.version(kind.versions, rules=2) == "v1alpha2"
    assert kind.version(kind.versions[:-1], rules=2) is None


@pytest.mark.parametrize("kind", [HTTP, GRPC])
def test_routes_of_requests_take_several_rules_in_every_version(kind: RouteKind) -> None:
    for version in kind.versions:
        assert kind.version((version,), rules=16) == version
