"""Calls that the controller's own code wrote, of three releases, as the router sees them."""

import json
from pathlib import Path
from typing import Any

import pytest

from rollouts_router.core.matches import TextMatch
from rollouts_router.core.model import PingPong, Rollout
from rollouts_router.methods.records import (
    header_route_args,
    mirror_route_args,
    rollout_args,
    weight_args,
)
from rollouts_router.router.ports import Experiment
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASES = sorted(path.stem.removeprefix("calls-") for path in GOLDEN.glob("calls-v*.gob"))
# Its two steps: setWeight 0, which arrives as nothing, and one that is no setWeight.
BARE = Rollout(
    namespace="ns", name="bare", weight_steps=(True, False), managed_steps=(False, False), replicas=0
)


def arguments(stream: str, method: str) -> list[Any]:
    """The arguments of a method's calls."""
    decoder = Decoder()
    decoder.receive((GOLDEN / f"{stream}.gob").read_bytes())
    values: list[Any] = list(iter(decoder.next_value, NEED_DATA))
    calls = zip(values[::2], values[1::2], strict=True)
    return [argument for header, argument in calls if header["ServiceMethod"] == f"Plugin.{method}"]


@pytest.mark.parametrize("release", RELEASES)
def test_weights_arrive_with_experiments_and_also_when_they_are_zero(release: str) -> None:
    first, second = map(weight_args, arguments(f"calls-{release}", "SetWeight"))

    assert (first.rollout, first.desired, first.experiments) == (
        BARE,
        30,
        (Experiment("exp", 5), Experiment("exp2", 0)),
    )
    assert (second.rollout, second.desired, second.experiments) == (BARE, 0, ())


@pytest.mark.parametrize("release", RELEASES)
def test_a_step_with_a_match_sets_and_one_without_removes(release: str) -> None:
    steps = [header_route_args(each) for each in arguments(f"calls-{release}", "SetHeaderRoute")]
    [mirror] = arguments(f"calls-{release}", "SetMirrorRoute")

    assert [(step.rollout, step.name, dict(step.match)) for step in steps] == [
        (BARE, "hdr", {"X-T": TextMatch(exact="1"), "X-U": TextMatch(prefix="p"), "X-V": TextMatch()}),
        (BARE, "hdr", {}),
    ]
    assert mirror_route_args(mirror).matches


@pytest.mark.parametrize("release", RELEASES)
def test_of_a_rollout_with_every_field_set_each_of_ours_is_read(release: str) -> None:
    """What was sent is known from reflection in Go, written beside the bytes."""
    sent = json.loads((GOLDEN / f"arguments-{release}.json").read_text())[-1]["Argument"]["Rollout"]
    canary = sent["Spec"]["Strategy"]["Canary"]
    routing = canary["TrafficRouting"]

    assert rollout_args(arguments(f"calls-{release}", "RemoveManagedRoutes")[-1]) == Rollout(
        namespace=sent["ObjectMeta"]["Namespace"],
        name=sent["ObjectMeta"]["Name"],
        uid=sent["ObjectMeta"]["UID"],
        stable_service=canary["StableService"],
        canary_service=canary["CanaryService"],
        ping_pong=PingPong(canary["PingPong"]["PingService"], canary["PingPong"]["PongService"]),
        stable_is_ping=sent["Status"]["Canary"]["StablePingPong"] == "ping",
        stable_hash=sent["Status"]["StableRS"],
        current_hash=sent["Status"]["CurrentPodHash"],
        step_index=sent["Status"]["CurrentStepIndex"],
        weight_steps=(True,),
        managed_steps=(True,),
        is_aborted=sent["Status"]["Abort"],
        experiments=tuple(each["ServiceName"] for each in sent["Status"]["Canary"]["Weights"]["Additional"]),
        skips_steps=sent["Status"]["Abort"] or sent["Status"]["PromoteFull"],
        max_traffic_weight=routing["MaxTrafficWeight"],
        managed_routes=tuple(each["Name"] for each in routing["ManagedRoutes"]),
        replicas=sent["Spec"]["Replicas"],
        has_progress_threshold="ReplicaProgressThreshold" in canary,
        shrinks_stable=canary["DynamicStableScale"],
        plugin_config=None,
    )


def test_a_captured_session_names_services_maximum_and_managed_routes() -> None:
    [first, _] = map(weight_args, arguments("calls-captured", "SetWeight"))

    assert first.rollout.services().canary == "canary-svc"
    assert first.rollout.services().stable == "stable-svc"
    assert first.rollout.max_weight() == 1000
    assert first.rollout.managed_routes == ("hdr", "mir")
