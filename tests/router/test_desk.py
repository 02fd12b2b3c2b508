"""What a call gets that changes nothing is its own; what is remembered is shared only where that is safe."""

from dataclasses import replace

from tests.fakes.clock import run
from tests.fakes.objects import HTTP, rollout, spec
from tests.fakes.routers import Setup

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.router.planning import Effect

BLOCK = {"httpRoute": "a"}
WAITING = rollout(BLOCK, stable_hash="old", current_hash="new", weight_steps=(True,))


def made() -> Setup:
    """A process and an API with route a at weight 0."""
    setup = Setup()
    setup.api.create("a", spec())
    return setup


def test_each_try_gets_a_router_of_its_own() -> None:
    desk = made().desk

    assert desk.router_for(Effect.PLAN) is not desk.router_for(Effect.PLAN)
    assert desk.router_for(Effect.REHEARSE) is not desk.router


def test_since_when_a_route_has_been_there_is_known_to_whoever_verifies() -> None:
    """Else a client that asks by gRPC would wait anew for what the controller has waited for."""
    setup = made()
    run(setup.router.set_weight(WAITING, 30))
    assert run(setup.router.verify_weight(WAITING, 30)) is Verdict.VERIFIED
    paused = len(setup.clock.pauses)

    answer = run(setup.desk.verify_weight(WAITING, 30, ()))

    assert (answer.verdict, answer.reasons) == (Verdict.VERIFIED, ())
    assert len(setup.clock.pauses) == paused


def test_a_verification_that_was_asked_for_beside_takes_no_line_of_the_log() -> None:
    setup = made()

    answer = run(setup.desk.verify_weight(WAITING, 30, ()))

    assert answer.verdict is Verdict.NOT_VERIFIED
    assert setup.log.lines == []
    run(setup.router.verify_weight(WAITING, 30))
    assert setup.log.said("info")[-1:] == list(answer.reasons)


def test_a_warning_at_the_end_of_patience_is_a_reason_too() -> None:
    setup = made()
    run(setup.router.set_weight(WAITING, 30))
    setup.api.edit("a", lambda route: route["spec"].update(parentRefs=[{"name": "g"}]))
    condition = {"type": "Accepted", "status": "False", "reason": "No", "observedGeneration": 3}
    parent = {"parentRef": {"name": "g"}, "controllerName": "c", "conditions": [condition]}
    setup.api.edit("a", lambda route: route.update(status={"parents": [parent]}))
    run(setup.desk.verify_weight(WAITING, 30, ()))
    setup.clock.now += 61

    answer = run(setup.desk.verify_weight(WAITING, 30, ()))

    assert answer.verdict is Verdict.VERIFIED
    assert "the Rollout goes on" in answer.reasons[0]


def test_a_weight_without_pods_is_not_live_through_this_door_either() -> None:
    class Gates:
        async def obstacle(self, rollout: Rollout, desired: int) -> Told | None:
            return Told(Reason.SCALED_TO_ZERO, f"{rollout} is at zero, and {desired} is asked for")

    setup = made()
    run(setup.router.set_weight(WAITING, 30))
    assert run(setup.router.verify_weight(WAITING, 30)) is Verdict.VERIFIED

    answer = run(replace(setup.desk, gates=Gates()).verify_weight(WAITING, 30, ()))

    assert answer.verdict is Verdict.NOT_VERIFIED
    assert answer.reasons == (f"{WAITING} is at zero, and 30 is asked for",)


def test_versions_are_told_as_far_as_they_are_known() -> None:
    setup = made()

    assert setup.desk.served(HTTP) == ()
    run(setup.router.set_weight(rollout(BLOCK), 0))
    assert setup.desk.served(HTTP) == ("v1",)
