"""VerifyWeight as the controller asks for it: when it is answered, from what, and what becomes of trouble."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.fakes.clock import run
from tests.fakes.objects import Json, ref, rollout, rule, spec
from tests.fakes.routers import Setup
from tests.fakes.statuses import bad, gateway, good

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import GROUP
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import ApiError, Forbidden, NoCredentials, TooManyRequests, Unavailable
from rollouts_router.kube.resources import Call, Verb

VERIFIED, NOT_VERIFIED, NOT_IMPLEMENTED = Verdict.VERIFIED, Verdict.NOT_VERIFIED, Verdict.NOT_IMPLEMENTED
ARGO = [{"manager": "argocd-controller", "fieldsV1": {"f:spec": {"f:rules": {}}}}]


def at_step(block: Json | None = None, **fields: Any) -> Rollout:
    """A Rollout that stands at its first step, which sets a weight."""
    given = {"stable_hash": "old", "current_hash": "new", "weight_steps": (True, False)}
    return rollout(block or {"httpRoute": "a"}, **{**given, **fields})


def verifying(**verify: Any) -> Rollout:
    """The same with this block."""
    return at_step({"httpRoute": "a", "verify": verify})


def made(*reports: Json, canary: int = 30, **fields: Any) -> Setup:
    """A process, and an API with route a at this weight that has these reports in its status."""
    setup = Setup(**fields)
    weighed = rule(ref("stable", 100 - canary), ref("canary", canary))
    setup.api.create("a", spec(weighed, parentRefs=[gateway()]))
    report(setup, *reports)
    return setup


def report(setup: Setup, *reports: Json) -> None:
    """A gateway writes the status."""
    setup.api.edit("a", lambda route: route.update(status={"parents": list(reports)}))


def reset(setup: Setup, canary: int = 0) -> None:
    """Somebody else gives the canary another weight."""

    def change(route: Json) -> None:
        refs = route["spec"]["rules"][0]["backendRefs"]
        refs[0]["weight"], refs[1]["weight"] = 100 - canary, canary
        route["metadata"]["managedFields"] = ARGO

    setup.api.edit("a", change)


def fail(setup: Setup, kind: type[ApiError], times: int = 1) -> None:
    """The next reads of the route fail."""
    setup.api.faults[Verb.GET, "a"] = [lambda call: kind(call, "oops")] * times


def refused(work: Coroutine[Any, Any, object]) -> str:
    """What the user is told."""
    with pytest.raises(RoutingError) as error:
        run(work)
    return str(error.value)


def verify(setup: Setup, web: Rollout, desired: int = 30) -> Verdict:
    """One call."""
    return run(setup.router.verify_weight(web, desired))


# --- from what it is answered -----------------------------------------------------------------------------


def test_a_weight_that_a_gateway_took_is_verified_when_it_has_settled() -> None:
    setup = made(good(observed=1))

    assert verify(setup, at_step()) is VERIFIED
    assert [call.verb for call in setup.api.calls] == [Verb.GET, Verb.GET]
    assert (setup.clock.pauses, setup.log.said("warning")) == ([3.0], [])


def test_where_no_gateway_reports_the_weight_settles_inside_the_call() -> None:
    setup = made()

    assert verify(setup, at_step()) is VERIFIED
    assert setup.clock.pauses == [3.0]
    assert verify(setup, at_step()) is VERIFIED
    assert setup.clock.pauses == [3.0]


def test_a_gateway_that_has_not_taken_it_is_waited_for_and_then_named_once() -> None:
    setup = made(bad(observed=1))

    assert [verify(setup, at_step()) for _ in range(2)] == [NOT_VERIFIED] * 2
    (reason,) = [each for each in setup.log.said("info") if "Gateway" in each]
    assert reason.startswith("HTTPRoute shop/a: Gateway shop/public (example.com/gateway): Accepted is False")
    report(setup, good(observed=1))
    assert verify(setup, at_step()) is VERIFIED


def test_a_weight_that_is_not_there_is_named_by_route_and_put_back_by_nobody() -> None:
    setup = made(good(), canary=0)

    assert [verify(setup, at_step()) for _ in range(2)] == [NOT_VERIFIED] * 2
    reason = "HTTPRoute shop/a does not carry the weights 70 (stable) and 30 (canary)"
    assert setup.log.said("info").count(reason) == 1
    assert setup.api.patches == []
    assert setup.clock.pauses == []


def test_label_and_claim_do_not_count() -> None:
    setup = made(good())
    run(setup.router.set_weight(at_step(), 30))

    def strip(route: Json) -> None:
        del route["metadata"]["labels"], route["metadata"]["annotations"]

    setup.api.edit("a", strip)

    assert verify(setup, at_step()) is VERIFIED


def test_by_the_refs_alone_no_gateway_counts() -> None:
    setup = made(bad())

    assert verify(setup, verifying(mode="spec")) is VERIFIED
    assert verify(setup, verifying(mode="spec"), 60) is NOT_VERIFIED
    assert setup.clock.pauses == []


@pytest.mark.parametrize(("desired", "fields"), [(0, {}), (30, {"is_aborted": True})])
def test_the_way_back_waits_for_no_gateway(desired: int, fields: Json) -> None:
    setup = made(bad(), canary=desired)
    block = {"httpRoute": "a", "verify": {"onTimeout": "block"}}

    assert verify(setup, at_step(block, **fields), desired) is VERIFIED
    assert setup.clock.pauses == []


def test_a_route_that_leads_to_another_namespace_without_a_grant_is_not_live() -> None:
    setup = Setup()
    setup.api.served["referencegrants"] = ("v1beta1",)
    refs = [ref("stable", 70, namespace="shop"), ref("canary", 30, namespace="shop")]
    setup.api.create("a", spec(rule(*refs)), space="edge")

    assert verify(setup, at_step({"httpRoute": "a", "namespace": "edge"})) is NOT_VERIFIED
    assert any("ReferenceGrant" in reason for reason in setup.log.said("info"))
    assert setup.clock.pauses == []


def test_grants_are_listed_once_a_call_however_often_the_routes_are_looked_at() -> None:
    setup = Setup()
    setup.api.served["referencegrants"] = ("v1",)
    refs = [ref("stable", 70, namespace="shop"), ref("canary", 30, namespace="shop")]
    setup.api.create("a", spec(rule(*refs), parentRefs=[gateway()]), space="edge")
    setup.api.objects["referencegrants", "shop", "g"] = {
        "metadata": {"name": "g"},
        "spec": {
            "from": [{"group": GROUP, "kind": "HTTPRoute", "namespace": "edge"}],
            "to": [{"group": "", "kind": "Service"}],
        },
    }

    assert verify(setup, at_step({"httpRoute": "a", "namespace": "edge"})) is VERIFIED
    lists = [call for call in setup.api.calls if call.verb is Verb.LIST]
    assert len(setup.clock.pauses) == 1
    assert [call.resource.plural for call in lists] == ["referencegrants"]


# --- when it is answered ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "desired"),
    [
        ({"step_index": 1}, 30),
        ({"step_index": 2}, 60),
        ({"stable_hash": ""}, 30),
        ({"stable_hash": "new"}, 30),
        ({"stable_hash": "new", "step_index": 2}, 100),
    ],
)
def test_where_nothing_waits_for_a_weight_nothing_is_read(fields: Json, desired: int) -> None:
    setup = made()

    assert verify(setup, at_step(**fields), desired) is NOT_IMPLEMENTED
    assert setup.api.calls == []


@pytest.mark.parametrize("mode", ["off", False])
def test_who_switched_it_off_is_never_kept(mode: object) -> None:
    setup = made(bad())

    assert verify(setup, verifying(mode=mode)) is NOT_IMPLEMENTED
    assert setup.api.calls == []


def test_the_end_waits_for_all_the_weight_and_goes_on_after_the_timeout_with_a_warning() -> None:
    setup = made(bad(observed=1), canary=100)
    ended = at_step(step_index=2)

    assert verify(setup, ended, 100) is NOT_VERIFIED
    setup.clock.now += 60
    assert [verify(setup, ended, 100) for _ in range(2)] == [VERIFIED] * 2
    (warning,) = setup.log.said("warning")
    assert "60 s have passed (verify.timeoutSeconds); the Rollout goes on, at the end" in warning


# --- trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Unavailable, TooManyRequests])
@pytest.mark.parametrize("reports", [(), (good(observed=1),)])
def test_what_may_pass_is_not_yet_because_nobody_asks_again_after_an_error(
    kind: type[ApiError], reports: tuple[Json, ...]
) -> None:
    setup = made(*reports)
    fail(setup, kind, times=2)

    assert [verify(setup, at_step()) for _ in range(2)] == [NOT_VERIFIED] * 2
    assert verify(setup, at_step()) is VERIFIED
    (warning,) = setup.log.said("warning")
    assert warning.startswith("oops")


def test_trouble_while_a_route_settles_is_not_yet_either() -> None:
    setup = made()

    async def travel(call: Call) -> None:
        if setup.clock.pauses:
            raise Unavailable(call, "gone away")

    setup.api.travel = travel

    assert verify(setup, at_step()) is NOT_VERIFIED


def test_a_call_that_takes_too_long_is_not_yet_and_says_so() -> None:
    setup = made(seconds=2)

    async def travel(_call: Call) -> None:
        await asyncio.Event().wait()

    setup.api.travel = travel

    assert verify(setup, at_step()) is NOT_VERIFIED
    (warning,) = setup.log.said("warning")
    assert "2 s were not enough to verify the weights" in warning


@pytest.mark.parametrize("kind", [Forbidden, NoCredentials])
def test_what_somebody_has_to_change_is_an_error(kind: type[ApiError]) -> None:
    setup = made()
    fail(setup, kind)

    assert refused(setup.router.verify_weight(at_step(), 30)).startswith("oops")


def test_a_deleted_route_is_an_error() -> None:
    setup = made()
    setup.api.delete("a")

    assert '"a" not found' in refused(setup.router.verify_weight(at_step(), 30))


@pytest.mark.parametrize("desired", [0, 30])
def test_a_route_that_cannot_be_had_is_an_error_at_any_weight(desired: int) -> None:
    setup = made()
    web = at_step({"httpRoutes": [{"name": "a"}, {"name": "gone"}]})

    assert '"gone" not found' in refused(setup.router.verify_weight(web, desired))


def test_a_configuration_that_cannot_be_read_is_an_error() -> None:
    text = refused(made().router.verify_weight(verifying(mode="on"), 30))

    assert text.endswith('.verify.mode: expected status or spec or off, got "on"')


# --- somebody else writes the weights ---------------------------------------------------------------------


def test_weights_that_somebody_reset_are_put_back_by_the_next_call_which_names_him() -> None:
    setup = made(canary=0)
    run(setup.router.set_weight(at_step(), 30))
    assert verify(setup, at_step()) is VERIFIED

    reset(setup)

    assert verify(setup, at_step()) is NOT_VERIFIED
    for _ in range(2):
        run(setup.router.set_weight(at_step(), 30))
    assert verify(setup, at_step()) is VERIFIED
    (warning,) = setup.log.said("warning")
    assert 'field manager "argocd-controller" wrote its spec last. They are put back.' in warning


def test_so_are_weights_that_somebody_reset_before_they_were_verified() -> None:
    setup = made(canary=0)
    run(setup.router.set_weight(at_step(), 30))
    reset(setup)
    run(setup.router.set_weight(at_step(), 30))

    assert len(setup.log.said("warning")) == 1


def test_a_new_process_knows_of_them_from_its_first_look() -> None:
    setup = made()
    verify(setup, at_step())
    reset(setup)
    run(setup.router.set_weight(at_step(), 30))

    assert len(setup.log.said("warning")) == 1


def test_the_steps_of_a_canary_are_no_resets() -> None:
    setup = made(canary=0)
    for weight in (10, 30, 0, 30, 100):
        for _ in range(2):
            run(setup.router.set_weight(at_step(), weight))
            assert verify(setup, at_step(), weight) is VERIFIED

    assert setup.log.said("warning") == []


def test_a_weight_that_could_not_be_put_back_is_told_once() -> None:
    setup = made(canary=0)
    run(setup.router.set_weight(at_step(), 30))
    reset(setup)
    setup.api.faults[Verb.PATCH, "a"] = [lambda call: Unavailable(call, "oops")] * 2
    for _ in range(2):
        assert "oops" in refused(setup.router.set_weight(at_step(), 30))
    run(setup.router.set_weight(at_step(), 30))

    assert len(setup.log.said("warning")) == 1
