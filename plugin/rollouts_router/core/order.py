"""What a Rollout is to every route of its own, whatever the operation: its backends, names and label."""

from dataclasses import dataclass

from rollouts_router.core.backends import Backend, Backends, service_backends
from rollouts_router.core.config import BLOCK, PluginConfig
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.model import Rollout
from rollouts_router.core.routes import Rule, is_managed_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The common part of all operations.

    Attributes:
        rollout: The Rollout as namespace/name.
        backends: Its stable and canary backend of this moment.
        managed_routes: Names of managed routes in their order; rules of these are never weighed.
        rule_names: The only rules that count, by name; empty: all of them.
        label: The label of a route that is in use; None when it is switched off.
    """

    rollout: str
    backends: Backends
    managed_routes: tuple[str, ...] = ()
    rule_names: tuple[str, ...] = ()
    label: Label | None = None

    def considers(self, rule: Rule) -> bool:
        """Whether a rule can be one of the Rollout's at all."""
        return not is_managed_name(rule.name, self.managed_routes) and (
            not self.rule_names or rule.name in self.rule_names
        )

    def owns(self, rule: Rule) -> bool:
        """Whether a rule is the Rollout's: it can be, and it holds both backends."""
        return (
            self.considers(rule) and holds(rule, self.backends.stable) and holds(rule, self.backends.canary)
        )


def order_of(rollout: Rollout, config: PluginConfig) -> Order:
    """The order of a Rollout at this moment.

    Raises:
        RoutingError: A backend is not named, or both are the same.
    """
    return Order(
        rollout=f"{rollout.namespace}/{rollout.name}",
        backends=_backends(rollout, config),
        managed_routes=rollout.managed_routes,
        rule_names=config.rule_names,
        label=config.label,
    )


def holds(rule: Rule, backend: Backend) -> bool:
    """Whether a rule refers to a backend."""
    return any(ref.target == backend for ref in rule.refs)


def _backends(rollout: Rollout, config: PluginConfig) -> Backends:
    if config.stable is not None and config.canary is not None:
        pair = Backends(config.stable, config.canary)
    else:
        services = service_backends(rollout.namespace, rollout.services())
        pair = Backends(config.stable or services.stable, config.canary or services.canary)
    if rollout.ping_pong is not None and (config.stable or config.canary):
        raise RoutingError(
            f"{rollout}: pingPong swaps its Services, so {BLOCK}.stableBackendRef and canaryBackendRef cannot be fixed"
            " beside it; use one or the other",
            field=f"{BLOCK}.{'stable' if config.stable else 'canary'}BackendRef",
        )
    if pair.stable == pair.canary:
        raise RoutingError(
            f"{rollout}: stable and canary backend are both {pair.stable}; name two",
            field=f"{BLOCK}.canaryBackendRef",
        )
    return pair
