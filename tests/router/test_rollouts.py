"""Rollouts that are referred to are read, or told to be missing."""

from dataclasses import replace

import pytest
from tests.fakes.clock import run
from tests.fakes.manifests import manifest
from tests.fakes.objects import rollout
from tests.fakes.routers import Setup

from rollouts_router.core.errors import PassingError, RoutingError
from rollouts_router.kube.errors import Forbidden, Unavailable
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.router.failures import Fault, failure_of
from rollouts_router.router.rollouts import ROLLOUTS, UnknownRolloutError


def made() -> Setup:
    """A process and an API with Rollout shop/web."""
    setup = Setup()
    setup.api.served[ROLLOUTS.plural] = (ROLLOUTS.version,)
    setup.api.objects[ROLLOUTS.plural, "shop", "web"] = manifest()
    return setup


def test_a_rollout_is_read_as_it_is() -> None:
    assert run(made().desk.rollouts().read("shop", "web")) == manifest()


def test_one_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownRolloutError, match="there is no Rollout api in namespace shop"):
        run(made().desk.rollouts().read("shop", "api"))


def test_without_argo_rollouts_in_the_cluster_that_is_told() -> None:
    setup = made()
    del setup.api.served[ROLLOUTS.plural]

    with pytest.raises(RoutingError, match="is the CustomResourceDefinition installed"):
        run(setup.desk.rollouts().read("shop", "web"))


def test_what_may_pass_is_an_error_that_may_pass() -> None:
    setup = made()
    setup.api.faults[Verb.GET, "web"] = [lambda call: Unavailable(call, "away")]

    with pytest.raises(PassingError, match="away"):
        run(setup.desk.rollouts().read("shop", "web"))


class Permits:
    """Allows nothing but what it is told."""

    def __init__(self, *allowed: tuple[Verb, str, str]) -> None:
        self.allowed = allowed

    async def require(self, verb: Verb, resource: Resource, *, namespace: str, name: str = "") -> None:
        """Return, or raise."""
        if (verb, namespace, name) not in self.allowed or resource != ROLLOUTS:
            raise Forbidden(Call(verb=verb, resource=resource, namespace=namespace, name=name), "no")


def test_who_sends_a_manifest_may_speak_for_it_when_he_may_read_a_rollout_of_that_name() -> None:
    permitted = replace(made().desk, permits=Permits((Verb.GET, "shop", "web")))
    refused = replace(made().desk, permits=Permits((Verb.GET, "shop", "api"), (Verb.LIST, "shop", "web")))

    run(permitted.rollouts().admit(rollout()))
    with pytest.raises(RoutingError, match=r"get rollouts\.argoproj\.io shop/web") as caught:
        run(refused.rollouts().admit(rollout()))

    assert failure_of(caught.value).fault is Fault.PERMISSION_MISSING


def test_where_nobody_asks_for_rights_everybody_may_speak() -> None:
    run(made().desk.rollouts().admit(rollout()))
