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
        targeting: All that drive the Rollout, also those that are not used; the one that is comes last.
        managed: The one that is used; None when KEDA does not scale the Rollout, or it cannot be said by which object.
        trouble: Why none of them is used, though somebody seems to want one; None when all is well.
    """

    targeting: tuple[ScaledObject, ...] = ()
    managed: ScaledObject | None = None
    trouble: Told | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether several drive the Rollout and nobody says which of them counts."""
        return self.trouble is not None and self.trouble.reason is Reason.AMBIGUOUS


def find(rollout: Rollout, config: KedaConfig, objects: Sequence[ScaledObject]) -> Finding:
    """Pick those that count.

    Args:
        rollout: Whose.
        config: Names one, or none.
        objects: All of the namespace; or only the one that is named, when it is known that no other one is held.
    """
    present = [each for each in objects if not each.is_leaving]
    wanted = [each for each in present if config.scaled_object in {"", each.name}]
    usable = [each for each in wanted if each.drives(rollout)]
    managed = usable[0] if len(usable) == 1 else None
    others = [each for each in present if each.drives(rollout) and each != managed]
    return Finding(
        targeting=(*others, *([managed] if managed else [])),
        managed=managed,
        trouble=None if managed else _trouble(rollout, config, wanted, usable),
    )


def _trouble(
    rollout: Rollout, config: KedaConfig, wanted: Sequence[ScaledObject], usable: Sequence[ScaledObject]
) -> Told | None:
    if usable:
        names = " and ".join(each.name for each in usable)
        return Told(
            Reason.AMBIGUOUS,
            f"{rollout}: ScaledObjects {names} all target it, so none is written to. Delete all but one, or name one in"
            " keda.scaledObject",
        )
    beside = next((each for each in wanted if each.drives_workload_of(rollout)), None)
    if beside is not None:
        return Told(
            Reason.NOT_THE_ROLLOUT,
            f"{beside} targets Deployment {rollout.workload}, which the Rollout has taken over; nothing is written to"
            f" it. Target the Rollout: scaleTargetRef: {{apiVersion: argoproj.io/v1alpha1, kind: Rollout,"
            f" name: {rollout.name}}}",
        )
    if not config.scaled_object:
        return None
    if wanted:
        other = wanted[0]
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
