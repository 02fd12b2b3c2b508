"""The table of kinds keeps what users' manifests and runbooks rely on."""

from rollouts_router.core.kinds import GROUP, KINDS


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
