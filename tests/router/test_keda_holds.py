"""One object is brought to what its state asks for, in a bounded number of tries; what failed is told in words."""

from tests.fakes.keda import FORCE, web
from tests.router.test_keda import AWAY, FORBIDDEN, OBJECTS, setup

from rollouts_router.core.keda.config import WHOLE
from rollouts_router.core.keda.news import Reason
from rollouts_router.kube.errors import Forbidden
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.keda_holds import failure
from rollouts_router.router.keda_objects import SCALED_OBJECTS

PATCH = Call(verb=Verb.PATCH, resource=SCALED_OBJECTS, namespace="shop", name="so")


async def test_it_tells_whether_there_is_a_record_then() -> None:
    made = setup()
    scaled = await made.objects.get("shop", "so")
    assert scaled is not None
    assert await made.holds.settle(scaled, web(), WHOLE, weight=20)
    held = await made.objects.get("shop", "so")
    assert held is not None
    assert await made.holds.settle(held, web(), WHOLE, weight=20)

    assert not await made.holds.settle(held, None, None)
    assert made.api.annotations() == {}


async def test_a_status_that_keda_writes_meanwhile_costs_a_read_and_another_patch() -> None:
    made = setup()
    scaled = await made.objects.get("shop", "so")
    assert scaled is not None
    made.api.edit(SCALED_OBJECTS, "so", {"status": {"lastActiveTime": "now"}})

    assert await made.holds.settle(scaled, web(), WHOLE, weight=20)
    assert [call.verb for call in made.api.calls if call.resource.plural == OBJECTS] == [
        Verb.GET,
        Verb.PATCH,
        Verb.GET,
        Verb.PATCH,
    ]
    assert made.api.annotations()[FORCE] == "true"


def test_a_failure_says_what_is_missing_or_that_it_is_tried_again() -> None:
    forbidden = failure(web(), FORBIDDEN(PATCH))
    assert forbidden.reason is Reason.FORBIDDEN
    assert 'resources: ["scaledobjects"], verbs: ["patch"]' in forbidden.sentence

    denied = failure(web(), Forbidden(PATCH, 'admission webhook "v" denied the request', status=403))
    assert denied.reason is Reason.UNAVAILABLE

    assert "connection refused" in failure(web(), AWAY(PATCH)).sentence
    assert "5 s were not enough" in failure(web(), TimeoutError()).sentence
