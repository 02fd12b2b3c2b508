"""The Services of an experiment and their ports."""

import asyncio

import pytest
from tests.fakes.api import FakeApi
from tests.fakes.objects import rollout

from rollouts_router.core.errors import RoutingError
from rollouts_router.router.ports import Experiment, ServicePorts


def test_a_template_that_got_no_service_is_told_of_without_asking_for_one() -> None:
    """The controller sends an empty name where the pods of a template declare no port."""
    api = FakeApi()

    with pytest.raises(RoutingError, match="pods that declare a containerPort: add ports") as error:
        asyncio.run(ServicePorts(api).destinations(rollout(), [Experiment("", 10)]))

    assert str(error.value).startswith(
        "Rollout shop/web: a template of its experiment has a weight and no Service."
    )
    assert not api.calls
