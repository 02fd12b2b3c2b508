"""A ScaledObject as an API server has it, read without trust into a value. What follows from it is decided elsewhere.

Source of the fields and of how annotations count: KEDA, `ScaledObject` of keda.sh/v1alpha1, releases 2.16 to 2.20.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rollouts_router.core.model import Rollout
from rollouts_router.core.untyped import integer, items, mapping, text

FORCE_ACTIVATION: Final = "autoscaling.keda.sh/force-activation"
PAUSED_SCALE_IN: Final = "autoscaling.keda.sh/paused-scale-in"
KEYS: Final = frozenset({FORCE_ACTIVATION, PAUSED_SCALE_IN})
"""The only annotations of KEDA that are ever written."""

IGNORE: Final = "rollouts.argoproj.io/keda-ignore"
"""With "true" on a ScaledObject nothing is written to it but what takes a hold back."""

_PAUSED: Final = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-scale-out")
_PAUSED_REPLICAS: Final = "autoscaling.keda.sh/paused-replicas"
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})  # Go, strconv.ParseBool
_POLLING_SECONDS: Final = 30  # KEDA's default
_GROUP: Final = "argoproj.io"


def is_true(value: str | None) -> bool:
    """Whether KEDA takes an annotation for true: whatever is there and is no spelling of false."""
    return value is not None and value not in _FALSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What an object is scaled by; `metric_type` is empty when KEDA's default counts."""

    type: str
    metric_type: str
    metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledObject:
    """The parts that count here.

    Attributes:
        namespace: Where it is, and its target with it.
        name: Its name.
        resource_version: What a patch assumes.
        annotations: All that are strings.
        labels: All that are strings.
        group: API group of the target.
        kind: Kind of the target.
        target: Name of the target.
        hpa: Name of the HorizontalPodAutoscaler that KEDA made for it, empty when there is none.
        is_leaving: Whether it is being deleted.
        min_replicas: `spec.minReplicaCount`, 0 unless set.
        polling_seconds: `spec.pollingInterval`.
        is_active: Whether KEDA says that it is activated; None when it does not say.
        triggers: What it is scaled by.
        owners: Kinds of the objects that made it.
    """

    namespace: str
    name: str
    resource_version: str
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    group: str
    kind: str
    target: str
    hpa: str
    is_leaving: bool
    min_replicas: int
    polling_seconds: int
    is_active: bool | None
    triggers: tuple[Trigger, ...]
    owners: frozenset[str]

    def __str__(self) -> str:
        return f"ScaledObject {self.namespace}/{self.name}"

    @property
    def targets_rollout(self) -> bool:
        """Whether its target is a Rollout, whatever its name."""
        return self.kind == "Rollout" and self.group == _GROUP

    @property
    def is_ignored(self) -> bool:
        """Whether its owner wants no holds on it."""
        return is_true(self.annotations.get(IGNORE))

    @property
    def is_paused(self) -> bool:
        """Whether somebody keeps KEDA from scaling it up."""
        return _PAUSED_REPLICAS in self.annotations or any(
            is_true(self.annotations.get(key)) for key in _PAUSED
        )

    def drives(self, rollout: Rollout) -> bool:
        """Whether its target is this Rollout."""
        return self.targets_rollout and (self.namespace, self.target) == (rollout.namespace, rollout.name)

    def drives_workload_of(self, rollout: Rollout) -> bool:
        """Whether its target is the Deployment that the Rollout takes its pods' template from."""
        return self.kind == "Deployment" and bool(rollout.workload) and self.target == rollout.workload


def scaled_object(item: Mapping[str, object]) -> ScaledObject:
    """Read one; fields of another type than they should have count as missing."""
    metadata, spec, status = (mapping(item.get(part)) for part in ("metadata", "spec", "status"))
    target = mapping(spec.get("scaleTargetRef"))
    return ScaledObject(
        namespace=text(metadata.get("namespace")),
        name=text(metadata.get("name")),
        resource_version=text(metadata.get("resourceVersion")),
        annotations=_strings(metadata.get("annotations")),
        labels=_strings(metadata.get("labels")),
        group=(text(target.get("apiVersion")) or "apps/v1").partition("/")[0],
        kind=text(target.get("kind")) or "Deployment",
        target=text(target.get("name")),
        hpa=text(status.get("hpaName")),
        is_leaving=bool(metadata.get("deletionTimestamp")),
        min_replicas=integer(spec.get("minReplicaCount")) or 0,
        polling_seconds=integer(spec.get("pollingInterval")) or _POLLING_SECONDS,
        is_active=_condition(status.get("conditions"), "Active"),
        triggers=tuple(_trigger(mapping(each)) for each in items(spec.get("triggers"))),
        owners=frozenset(text(mapping(each).get("kind")) for each in items(metadata.get("ownerReferences"))),
    )


def _strings(value: object) -> Mapping[str, str]:
    return {key: each for key, each in mapping(value).items() if isinstance(each, str)}


def _trigger(entry: Mapping[str, object]) -> Trigger:
    return Trigger(
        type=text(entry.get("type")),
        metric_type=text(entry.get("metricType")),
        metadata=mapping(entry.get("metadata")),
    )


def _condition(conditions: object, name: str) -> bool | None:
    said = [mapping(each).get("status") for each in items(conditions) if mapping(each).get("type") == name]
    return {"True": True, "False": False}.get(text(said[0])) if said else None
