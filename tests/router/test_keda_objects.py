"""Each read and patch is one request; the release of KEDA and what was refused are remembered for a while."""

import pytest
from tests.fakes.keda import Cluster, KedaSetup
from tests.router.test_keda import AWAY, FORBIDDEN, requests, setup

from rollouts_router.core.keda.scaled import ScaledObject
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Verb
from rollouts_router.router.keda_objects import SCALED_OBJECTS

HPA = "horizontalpodautoscalers"


async def the_object(made: KedaSetup) -> ScaledObject:
    """ScaledObject shop/so as it is."""
    found = await made.objects.get("shop", "so")
    assert found is not None
    return found


async def test_what_is_gone_is_none() -> None:
    made = KedaSetup()

    assert await made.objects.get("shop", "so") is None
    assert await made.objects.rollout("shop", "web") is None
    assert await made.objects.all("shop") == []


async def test_without_keda_there_is_nothing_and_nothing_is_held() -> None:
    made = KedaSetup(api=Cluster(served=False))

    assert await made.objects.all("shop") == []
    assert await made.objects.held() == []
    assert await made.objects.get("shop", "so") is None


async def test_the_release_is_remembered_for_ten_minutes() -> None:
    made = setup()
    scaled = await the_object(made)

    versions = []
    for seconds in (0, 599, 2):
        made.clock.now += seconds
        versions.append(await made.objects.version(scaled))
        made.api.keda("2.21.0")

    assert versions == [(2, 20, 0), (2, 20, 0), (2, 21, 0)]


async def test_a_release_that_cannot_be_told_is_none_and_is_asked_for_again() -> None:
    made = setup()
    scaled = await the_object(made)
    made.api.keda("main")
    assert await made.objects.version(scaled) is None
    made.api.faults[Verb.GET, HPA] = [AWAY]
    assert await made.objects.version(scaled) is None
    made.api.keda("2.20.0")
    assert await made.objects.version(scaled) == (2, 20, 0)

    made = setup()
    made.api.edit(SCALED_OBJECTS, "so", {"status": {"hpaName": None}})
    assert await made.objects.version(await the_object(made)) is None
    assert f"get {HPA}" not in requests(made.api)


async def test_a_refusal_counts_for_its_verb_and_namespace_and_for_five_minutes() -> None:
    made = setup()
    made.api.always[Verb.LIST, SCALED_OBJECTS.plural] = FORBIDDEN
    for seconds in (0, 299, 2):
        made.clock.now += seconds
        with pytest.raises(Forbidden):
            await made.objects.all("shop")
    assert requests(made.api) == ["list scaledobjects"] * 2
    with pytest.raises(Forbidden):
        await made.objects.all("other")
    assert len(made.api.calls) == 3
    assert await made.objects.get("shop", "so") is not None


async def test_what_may_pass_is_asked_for_again() -> None:
    made = setup()
    made.api.faults[Verb.LIST, SCALED_OBJECTS.plural] = [AWAY]
    with pytest.raises(Unavailable):
        await made.objects.all("shop")

    assert len(await made.objects.all("shop")) == 1
