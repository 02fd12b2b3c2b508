"""Rollouts that are referred to are read, or told to be missing."""

import pytest
from tests.fakes.clock import run
from tests.fakes.manifests import manifest
from tests.fakes.routers import Setup

from rollouts_router.core.errors import PassingError, RoutingError
from rollouts_router.kube.errors import Unavailable
from rollouts_router.kube.resources import Verb
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
