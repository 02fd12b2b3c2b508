"""Which ScaledObject drives a Rollout, out of those of its namespace."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollouts_router.core.keda.config import KedaConfig
from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.keda.scaled import ScaledObject
from rollouts_router.core.model import Rollout


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        targeting: All that drive the Rollout, also when they are too many.
        trouble: Why none of them is used, though somebody seems to want one; None when all is well.
    """

    targeting: tuple[ScaledObject, ...] = ()
    trouble: Told | None = None

    @property
    def managed(self) -> ScaledObject | None:
        """The one that counts; None when KEDA does not scale the Rollout, or it cannot be said by which object."""
        return self.targeting[0] if self.targeting and self.trouble is None else None


def find(rollout: Rollout, config: KedaConfig, objects: Sequence[ScaledObject]) -> Finding:
    """Pick those that count.

    Args:
        rollout: Whose.
        config: Names one, or none.
        objects: With a name in `config` that one, if it exists; else all of the namespace.
    """
    present = [each for each in objects if not each.is_leaving]
    targeting = tuple(each for each in present if each.drives(rollout))
    return Finding(targeting, _trouble(rollout, config, present, targeting))


def _trouble(
    rollout: Rollout, config: KedaConfig, present: Sequence[ScaledObject], targeting: Sequence[ScaledObject]
) -> Told | None:
    if len(targeting) > 1:
        names = " and ".join(each.name for each in targeting)
        return Told(
            Reason.AMBIGUOUS,
            f"{rollout}: ScaledObjects {names} all target it, so none is written to. Delete all but one, or name one in"
            " keda.scaledObject",
        )
    if targeting:
        return None
    beside = next((each for each in present if each.drives_workload_of(rollout)), None)
    if beside is not None:
        return Told(
            Reason.NOT_THE_ROLLOUT,
            f"{beside} targets Deployment {rollout.workload}, which the Rollout has taken over; nothing is written to"
            f" it. Target the Rollout: scaleTargetRef: {{apiVersion: argoproj.io/v1alpha1, kind: Rollout,"
            f" name: {rollout.name}}}",
        )
    if not config.scaled_object:
        return None
    if present:
        other = present[0]
        return Told(
            Reason.WRONG_TARGET,
            f"{other} is named in keda.scaledObject and targets {other.kind} {other.target}; nothing is written to it."
            " Name the one that targets the Rollout, or none",
        )
    return Told(
        Reason.NOT_MANAGED,
        f"{rollout}: keda.scaledObject names {config.scaled_object}, which does not exist in namespace"
        f" {rollout.namespace}; the canary goes on without it. Create it, or correct the name",
    )
