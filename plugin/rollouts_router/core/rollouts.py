"""A Rollout as a door receives it, into the Rollout that the core knows: one reading for all doors.

Fields go by their Go names, as Argo Rollouts declares them. How they arrive is each door's business.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.model import PingPong, Rollout

_T = TypeVar("_T")


class Fields(Protocol):
    """One struct, asked field by field. What is missing is zero."""

    def get(self, field: str, kind: type[_T]) -> _T:
        """A field's value, zero when it is missing. Raises RoutingError when it has another type."""

    def record(self, field: str) -> "Fields":
        """A nested struct, empty when it is missing."""

    def records(self, field: str) -> Sequence["Fields"]:
        """A slice of structs."""

    def names(self) -> list[str]:
        """The names of all fields that are there."""

    def has(self, field: str) -> bool:
        """Whether a field is there: for a pointer, whether it is set; for a slice, whether it has an entry."""

    def raw(self, field: str, key: str) -> bytes | None:
        """The JSON text of one entry of a map; None when it is missing."""


def rollout_of(fields: Fields) -> Rollout:
    """The Rollout that these are the fields of. Its name and namespace may be empty.

    Raises:
        RoutingError: A field has a type that it cannot have.
    """
    metadata = fields.record("ObjectMeta")
    status = fields.record("Status")
    spec = fields.record("Spec")
    canary = spec.record("Strategy").record("Canary")
    routing = canary.record("TrafficRouting")
    return Rollout(
        namespace=metadata.get("Namespace", str),
        name=metadata.get("Name", str),
        uid=metadata.get("UID", str),
        stable_service=canary.get("StableService", str),
        canary_service=canary.get("CanaryService", str),
        ping_pong=_ping_pong(canary),
        stable_is_ping=status.record("Canary").get("StablePingPong", str) == "ping",
        stable_hash=status.get("StableRS", str),
        current_hash=status.get("CurrentPodHash", str),
        step_index=status.get("CurrentStepIndex", int),
        weight_steps=tuple(_is_weight_step(step) for step in canary.records("Steps")),
        managed_steps=tuple(_is_managed_step(step) for step in canary.records("Steps")),
        is_aborted=status.get("Abort", bool),
        skips_steps=status.get("Abort", bool) or status.get("PromoteFull", bool),
        max_traffic_weight=routing.get("MaxTrafficWeight", int),
        managed_routes=tuple(entry.get("Name", str) for entry in routing.records("ManagedRoutes")),
        experiments=_former_experiments(status.record("Canary")),
        replicas=spec.get("Replicas", int),  # the controller sets what is not set, and 0 does not travel
        has_progress_threshold=canary.has("ReplicaProgressThreshold"),
        shrinks_stable=canary.get("DynamicStableScale", bool),
        workload=_workload(spec),
        plugin_config=routing.raw("Plugins", PLUGIN_NAME),
    )


def _ping_pong(canary: Fields) -> PingPong | None:
    if not canary.has("PingPong"):
        return None
    names = canary.record("PingPong")
    return PingPong(ping=names.get("PingService", str), pong=names.get("PongService", str))


def _workload(spec: Fields) -> str:
    reference = spec.record("WorkloadRef")
    return reference.get("Name", str) if reference.get("Kind", str) == "Deployment" else ""


def _is_weight_step(step: Fields) -> bool:
    """Whether a step sets a weight. `setWeight: 0` arrives by gob as a step without any field, and nothing else does."""
    return step.has("SetWeight") or not step.names()


def _is_managed_step(step: Fields) -> bool:
    """Whether a step puts in a managed route. Without a match it takes one out."""
    return any(step.record(kind).has("Match") for kind in ("SetHeaderRoute", "SetMirrorRoute"))


def _former_experiments(status: Fields) -> tuple[str, ...]:
    entries = status.record("Weights").records("Additional")
    return tuple(name for entry in entries if (name := entry.get("ServiceName", str)))
