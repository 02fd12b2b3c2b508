"""What a ReferenceGrant allows, and what has to be allowed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.core.backends import Backend, service
from rollouts_router.core.grants import Need, is_met, needs
from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.routes import RouteKey

HTTP, GRPC, *_ = KINDS
ROUTE = RouteKey(HTTP, "gateway", "web")
CANARY = service("shop", "canary")
FROM = {"group": GROUP, "kind": "HTTPRoute", "namespace": "gateway"}
TO = {"group": "", "kind": "Service"}


def grant(*sources: Any, to: Any = (TO,)) -> dict[str, Any]:
    """A ReferenceGrant from these to those."""
    return {"spec": {"from": list(sources), "to": list(to)}}


def test_only_references_that_leave_the_namespace_of_the_route_need_anything() -> None:
    beside = RouteKey(HTTP, "shop", "web")

    assert needs([ROUTE, beside], [CANARY]) == (Need(ROUTE, CANARY),)
    assert needs([ROUTE, beside], [service("gateway", "stable")]) == (
        Need(beside, service("gateway", "stable")),
    )
    assert needs([ROUTE], []) == ()


@pytest.mark.parametrize(
    "grants",
    [
        [grant(FROM)],
        [grant(FROM, to=[{**TO, "name": "canary"}])],
        [grant(FROM, to=[{**TO, "name": ""}])],
        [grant(FROM, to=[{"kind": "Service"}])],
        [grant({**FROM, "kind": "GRPCRoute"}, FROM, to=[{**TO, "name": "other"}, TO])],
        [grant({**FROM, "namespace": "other"}), grant(FROM)],
    ],
)
def test_a_grant_from_the_route_to_the_backend_or_all_of_its_kind_allows_it(grants: list[Any]) -> None:
    assert is_met(Need(ROUTE, CANARY), grants)


@pytest.mark.parametrize(
    "grants",
    [
        [],
        [grant()],
        [grant(FROM, to=[])],
        [grant({**FROM, "group": ""})],
        [grant({**FROM, "kind": "GRPCRoute"})],
        [grant({**FROM, "namespace": "shop"})],
        [grant(FROM, to=[{**TO, "name": "stable"}])],
        [grant(FROM, to=[{**TO, "group": "example.org"}])],
        [grant(FROM, to=[{**TO, "kind": "Backend"}])],
        [grant({**FROM, "namespace": "other"}), grant(FROM, to=[{**TO, "kind": "Secret"}])],
        [{}, {"spec": None}, {"spec": {"from": "all", "to": [None]}}, {"spec": {"from": [FROM]}}],
    ],
)
def test_anything_else_does_not(grants: list[Any]) -> None:
    assert not is_met(Need(ROUTE, CANARY), grants)


@given(
    st.sampled_from(KINDS),
    st.sampled_from(["", "gateway.envoyproxy.io"]),
    st.sampled_from(["Service", "Backend"]),
)
def test_the_grant_that_is_asked_for_allows_it(kind: Any, group: str, what: str) -> None:
    need = Need(RouteKey(kind, "gateway", "web"), Backend(group, what, "shop", "canary"))
    asked = grant(
        {"group": GROUP, "kind": kind.name, "namespace": "gateway"},
        to=[{"group": group, "kind": what, "name": "canary"}],
    )

    assert is_met(need, [asked])
    for word in (
        GROUP,
        kind.name,
        "namespace: gateway",
        f'group: "{group}"',
        f"kind: {what}",
        "name: canary",
    ):
        assert word in str(need)


def test_what_is_missing_is_told_with_route_backend_and_the_grant_to_create() -> None:
    assert str(Need(ROUTE, CANARY)) == (
        'HTTPRoute gateway/web sends traffic to "canary" (Service, namespace shop), and no ReferenceGrant of namespace'
        " shop allows that, so gateways would answer errors. Create one in namespace shop with spec:"
        " {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gateway}],"
        ' to: [{group: "", kind: Service, name: canary}]}'
    )
