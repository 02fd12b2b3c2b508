"""What the assertions about traffic need of wherever it flows. There are two such places, and neither is known here.

One is the test bed (`bed_edge`), the other any cluster that a kubeconfig file leads to (`e2e/kind`). In both requests go
to `callers.GATEWAY`, at the listener port of their wire, and an answer is the address of the pod that gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from e2e.bed.api import Api
    from e2e.bed.kinds import Object
    from e2e.bed.rollouts import Canary
    from e2e.gateways.wires import Wire


class Proxy(Protocol):
    """A gateway, by what is to be known of it before one can judge its answers."""

    @property
    def wires(self) -> Sequence[Wire]:
        """What it carries."""

    @property
    def lag(self) -> float:
        """Seconds that its doings may be behind `has_in_force`."""

    @property
    def gap(self) -> float:
        """Seconds that the proxy may lack where a rule leads, when rules come, go or move."""

    @property
    def whole(self) -> bool:
        """Whether a regular expression has to match all of a header's value, or any part."""

    async def has_in_force(self, route: Object) -> bool:
        """Whether it has the weights of this route, whose status says that they were taken."""

    async def lacking(self) -> int | None:
        """Requests so far that it refused because it had a rule and not where that leads; None if it does not tell."""


class Edge(Protocol):
    """A cluster with Argo Rollouts, the plugin, a gateway, and pods that answer."""

    @property
    def admin(self) -> Api:
        """Whoever may do everything."""

    @property
    def gateway(self) -> Proxy:
        """The gateway that all requests go through."""

    def canary(self, name: str, namespace: str) -> Canary:
        """A Rollout, and how its team gives orders here."""

    async def told(self, namespace: str, word: str) -> Counter[str]:
        """How many requests with this word have arrived at each address of a pod in the namespace."""
