"""The operator's limit on where routes may be written."""

import pytest
from tests.fakes.objects import rollout

from rollouts_router.core.allowed import require_allowed
from rollouts_router.core.config import BLOCK, parse_config
from rollouts_router.core.errors import RoutingError


@pytest.mark.parametrize("allowed", [frozenset(), frozenset({"shop"}), frozenset({"gateway", "shop"})])
def test_without_a_limit_or_within_it_nothing_is_refused(allowed: frozenset[str]) -> None:
    asked = rollout({"httpRoute": "a"})

    require_allowed(asked, parse_config(asked), allowed)


@pytest.mark.parametrize(("block", "namespace"), [({}, "shop"), ({"namespace": "gateway"}, "gateway")])
def test_a_namespace_outside_of_it_is_refused_with_flag_namespace_and_rollout(
    block: dict[str, object], namespace: str
) -> None:
    asked = rollout({"httpRoute": "a", **block})

    with pytest.raises(RoutingError) as told:
        require_allowed(asked, parse_config(asked), frozenset({"web", "api"}))

    assert str(told.value) == (
        f'Rollout shop/web: its routes are in namespace "{namespace}", and the controller\'s plugin was started with'
        f" -allowed-namespaces=api,web. Correct {BLOCK}.namespace, or have the namespace added to that flag in the"
        " ConfigMap argo-rollouts-config"
    )
