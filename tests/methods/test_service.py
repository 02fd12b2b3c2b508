"""Each method answers with the record that the controller expects, whatever happens inside."""

import asyncio
from typing import Any

import pytest
from tests.fakes.calls import argument, record, routed
from tests.fakes.clock import run
from tests.fakes.objects import Json, spec, weights
from tests.fakes.routers import Setup

from rollouts_router.core.errors import RoutingError
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.methods.service import plugin_handlers
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed

RPC_ERROR = StructType("RpcError", (Field("ErrorString", Kind.STRING),))
VERIFY = StructType("VerifyWeightResponse", (Field("Verified", Kind.INT), Field("Err", RPC_ERROR)))
SUCCESS = Typed(RPC_ERROR, {"ErrorString": ""})
WEB = routed({"httpRoute": "a"})
# A Rollout that stands at a step which sets a weight, and so waits for it to be live.
STATUS = {"StableRS": "old", "CurrentPodHash": "new"}
WAITING = {**routed({"httpRoute": "a"}, Steps=[{"SetWeight": 30}]), "Status": STATUS}
CALLS = ["UpdateHash", "SetWeight", "SetHeaderRoute", "SetMirrorRoute", "RemoveManagedRoutes", "VerifyWeight"]


def made() -> Setup:
    """A process and an API with route a."""
    setup = Setup()
    setup.api.create("a", spec())
    return setup


def call(setup: Setup, method: str, **fields: Any) -> Typed:
    """One call of the controller."""
    return run(_answer(setup, method, argument("Args", **fields)))


async def _answer(setup: Setup, method: str, sent: object) -> Typed:
    return await plugin_handlers(setup.router, setup.log)[method](sent)


def text(reply: Typed) -> str:
    """The error in a reply of either kind."""
    assert isinstance(reply.value, dict)
    return str({**reply.value, **reply.value.get("Err", {})}.get("ErrorString", ""))


def test_the_service_has_the_methods_that_the_controller_calls() -> None:
    setup = made()

    assert sorted(plugin_handlers(setup.router, setup.log)) == sorted([*CALLS, "InitPlugin", "Type"])


def test_the_type_is_that_of_the_existing_plugin() -> None:
    assert run(_answer(made(), "Type", None)) == Typed(Kind.STRING, "GatewayAPI")


@pytest.mark.parametrize("method", ["InitPlugin", "UpdateHash"])
@pytest.mark.parametrize("sent", [None, 5, argument("Args"), argument("UpdateHashArgs", Rollout=record())])
def test_what_there_is_nothing_to_do_for_succeeds_whatever_is_sent(method: str, sent: object) -> None:
    setup = made()

    assert run(_answer(setup, method, sent)) == SUCCESS
    assert setup.api.calls == []


def test_weights_are_set() -> None:
    setup = made()

    assert call(setup, "SetWeight", Rollout=WEB, DesiredWeight=30) == SUCCESS
    assert weights(setup.api.look("a")) == [[("stable", 70), ("canary", 30)]]


@pytest.mark.parametrize(
    ("web", "desired", "number"), [(WAITING, 30, 0), (WAITING, 0, 1), (WEB, 30, 2), (WEB, 0, 2)]
)
def test_a_weight_is_not_verified_or_verified_or_nobody_waits_for_it(
    web: Any, desired: int, number: int
) -> None:
    assert call(made(), "VerifyWeight", Rollout=web, DesiredWeight=desired) == Typed(
        VERIFY, {"Verified": number, "Err": {"ErrorString": ""}}
    )


def test_the_services_of_an_experiment_get_their_weights() -> None:
    setup = made()
    service = {"metadata": {"name": "exp", "namespace": "shop"}, "spec": {"ports": [{"port": 81}]}}
    setup.api.objects["services", "shop", "exp"] = service
    setup.api.served["services"] = ("v1",)

    reply = call(
        setup,
        "SetWeight",
        Rollout=WAITING,
        DesiredWeight=30,
        AdditionalDestinations=[{"ServiceName": "exp", "Weight": 5}],
    )

    assert reply == SUCCESS
    assert weights(setup.api.look("a")) == [[("stable", 65), ("canary", 30), ("exp", 5)]]


@pytest.mark.parametrize(
    ("method", "match"),
    [
        ("SetHeaderRoute", {"HeaderName": "x", "HeaderValue": {"Exact": "1"}}),
        ("SetMirrorRoute", {"Path": {"Prefix": "/"}}),
    ],
)
def test_header_and_mirror_steps_are_done_and_taken_back(method: str, match: Json) -> None:
    setup = made()
    before = setup.api.look("a")["spec"]

    done = call(setup, method, Rollout=WEB, **{method: {"Name": "h", "Match": [match]}})
    during = setup.api.look("a")["spec"]
    removed = call(setup, method, Rollout=WEB, **{method: {"Name": "h"}})

    assert (done, removed) == (SUCCESS, SUCCESS)
    assert during != before
    assert setup.api.look("a")["spec"] == before


def test_managed_routes_that_are_not_there_are_removed() -> None:
    web = routed({"httpRoute": "a"})
    web["Spec"]["Strategy"]["Canary"]["TrafficRouting"]["ManagedRoutes"] = [{"Name": "h"}]
    setup = made()

    assert call(setup, "RemoveManagedRoutes", Rollout=web) == SUCCESS
    assert setup.api.named(Verb.GET) == ["a"]


@pytest.mark.parametrize("method", [name for name in CALLS if name != "UpdateHash"])
def test_a_call_that_carries_nothing_is_told_so(method: str) -> None:
    reply = run(_answer(made(), method, None))

    assert text(reply) == "the call carries no argument record; is the caller an Argo Rollouts controller?"


@pytest.mark.parametrize(("method", "type_"), [("SetWeight", RPC_ERROR), ("VerifyWeight", VERIFY)])
def test_an_error_travels_inside_the_methods_own_reply_and_is_no_news_for_the_log(
    method: str, type_: StructType
) -> None:
    setup = made()

    reply = call(setup, method, Rollout={**routed({}, Steps=[{}]), "Status": STATUS})

    assert reply.type == type_
    assert text(reply).startswith("No routes configured. At least one of")
    assert (reply.value["Verified"] if type_ is VERIFY else 0) == 0  # type: ignore[index]
    assert setup.log.lines == [("debug", text(reply), {"method": method})]


def broken(setup: Setup, error: BaseException) -> None:
    """The next request ends in a bug."""

    async def travel(_call: Call) -> None:
        raise error

    setup.api.travel = travel


@pytest.mark.parametrize("method", ["SetWeight", "VerifyWeight"])
def test_a_bug_is_the_error_of_that_call_with_its_kind_and_place(method: str) -> None:
    setup = made()
    broken(setup, KeyError("metadata"))

    reply = call(setup, method, Rollout=WAITING, DesiredWeight=30)

    assert text(reply).startswith(
        f"internal error in {method}, a bug in rollouts-router: KeyError: 'metadata' at "
    )
    assert "in travel" in text(reply)
    assert "Traceback" not in text(reply)
    [(level, sentence, fields)] = setup.log.lines
    assert (level, sentence) == ("error", "a bug in rollouts-router; please report it")
    assert fields["method"] == method


def test_after_a_bug_the_next_call_is_served() -> None:
    setup = made()
    usual = setup.api.travel
    broken(setup, RuntimeError("oops"))
    call(setup, "SetWeight", Rollout=WEB, DesiredWeight=30)
    setup.api.travel = usual

    assert call(setup, "SetWeight", Rollout=WEB, DesiredWeight=30) == SUCCESS


def test_the_end_of_the_process_is_no_bug() -> None:
    setup = made()
    broken(setup, asyncio.CancelledError())

    with pytest.raises(asyncio.CancelledError):
        call(setup, "SetWeight", Rollout=WEB, DesiredWeight=30)


@pytest.mark.parametrize("block", [{"httpRoute": "x" * 100_000}, {"inProgressLabelKey": "x" * 100_000}])
def test_a_huge_text_is_cut(block: Json) -> None:
    cut = text(call(made(), "SetWeight", Rollout=routed(block)))

    assert len(cut) == 4096
    assert cut.endswith("…")


def test_the_text_of_a_huge_bug_is_cut() -> None:
    setup = made()
    broken(setup, RuntimeError("x" * 100_000))

    assert len(text(call(setup, "SetWeight", Rollout=WEB))) <= 4096


def test_an_error_without_a_text_is_no_success() -> None:
    setup = made()
    broken(setup, RoutingError())

    assert text(call(setup, "SetWeight", Rollout=WEB)) == "RoutingError"
