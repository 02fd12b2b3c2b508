"""A request becomes one call of whichever router it is given, and only when it can be meant."""

import asyncio
from typing import Any

import pytest
from tests.fakes.manifests import referred
from tests.fakes.objects import rollout

from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.methods.asked import RequestError
from rollouts_router.methods.steps import Changing, planned, step_of
from rollouts_router.router.ports import Experiment
from rollouts_router.router.writes import Progress
from rollouts_router.v1 import traffic_router_pb2 as v1

ROLLOUT = rollout()
EXACT = v1.TextMatch(exact="1")


class Router:
    """Takes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def method(*arguments: Any) -> Progress:
            self.asked.append((name, *arguments))
            return Progress()

        return method


@pytest.mark.parametrize(
    ("request_", "calls"),
    [
        (
            v1.SetWeightRequest(
                weight=7, additional_destinations=[v1.WeightDestination(service="s", weight=1)]
            ),
            [("set_weight", ROLLOUT, 7, (Experiment("s", 1),))],
        ),
        (
            v1.SetHeaderRouteRequest(name="h", match=[v1.HeaderMatch(name="x", value=EXACT)]),
            [("set_header_route", ROLLOUT, "h", {"x": TextMatch(exact="1")})],
        ),
        (
            v1.SetMirrorRouteRequest(name="m", match=[v1.RequestMatch()], percentage=5),
            [("set_mirror_route", ROLLOUT, "m", (RequestMatch(),), 5)],
        ),
        (v1.SetMirrorRouteRequest(name="m"), [("set_mirror_route", ROLLOUT, "m", (), None)]),
        (v1.RemoveManagedRoutesRequest(), [("clear_managed_routes", ROLLOUT)]),
        (v1.UpdateHashRequest(canary_hash="c"), []),
    ],
)
def test_a_request_is_the_call_that_the_controller_would_make(request_: Changing, calls: list[Any]) -> None:
    router = Router()

    async def work() -> Progress:
        return await step_of(request_)(router, ROLLOUT)

    assert asyncio.run(work()) == Progress()
    assert router.asked == calls


@pytest.mark.parametrize(
    "request_",
    [
        v1.SetWeightRequest(additional_destinations=[v1.WeightDestination()]),
        v1.SetHeaderRouteRequest(),
        v1.SetMirrorRouteRequest(name="m", percentage=0),
        v1.UpdateHashRequest(additional_destinations=[v1.WeightDestination()]),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_router_is_asked(request_: Changing) -> None:
    with pytest.raises(RequestError):
        step_of(request_)


def test_the_planned_call_is_found_by_its_field() -> None:
    for field in v1.PlanRequest.DESCRIPTOR.oneofs_by_name["call"].fields:
        request = v1.PlanRequest()
        getattr(request, field.name).rollout.CopyFrom(referred())

        name, call = planned(request)

        assert (name, call) == (field.name, getattr(request, field.name))
    with pytest.raises(RequestError, match="one of set_weight, set_header_route"):
        planned(v1.PlanRequest())
