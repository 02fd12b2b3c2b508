"""In which namespaces routes may be written at all: the operator's word, against what a Rollout asks for."""

from rollouts_router.core.config import BLOCK, PluginConfig
from rollouts_router.core.errors import NotAllowedError
from rollouts_router.core.model import Rollout


def require_allowed(rollout: Rollout, config: PluginConfig, allowed: frozenset[str]) -> None:
    """Whoever may write a Rollout could otherwise change routes anywhere, by the rights of the controller.

    Args:
        rollout: Whose routes.
        config: Says in which namespace they are.
        allowed: Where routes may be written; empty: everywhere.

    Raises:
        NotAllowedError: Not there.
    """
    if allowed and config.namespace not in allowed:
        raise NotAllowedError(
            f'{rollout}: its routes are in namespace "{config.namespace}", and the controller\'s plugin was started'
            f" with -allowed-namespaces={','.join(sorted(allowed))}. Correct {BLOCK}.namespace, or have the namespace"
            " added to that flag in the ConfigMap argo-rollouts-config"
        )
