"""RR4xx: what scales a Rollout, KEDA first of all."""

from typing import Final

from rollouts_router.doctor.ailments.model import error, note, warning

UNREAD: Final = warning(
    "RR400",
    "what scales the Rollout cannot be looked at",
    cause="Your account may not list ScaledObjects or HorizontalPodAutoscalers there, or the API server did not answer.",
    remedy="Look with an account that may list them, or leave this out with --skip RR400.",
)
NO_KEDA: Final = warning(
    "RR401",
    "the Rollout asks for KEDA, which is not installed",
    cause="Its block has keda, and the cluster serves no ScaledObjects (keda.sh/v1alpha1); the canary runs as without it.",
    remedy="Install KEDA, or take the keda block out.",
)
AMBIGUOUS: Final = error(
    "RR402",
    "several autoscalers drive the Rollout",
    cause="Each of them writes spec.replicas, and they undo each other; the router writes to none of them.",
    remedy="Leave one ScaledObject or HorizontalPodAutoscaler that targets the Rollout.",
)
WRONG_TARGET: Final = error(
    "RR403",
    "an autoscaler that is meant for the Rollout drives something else",
    cause="keda.scaledObject names an object that is missing or has another target, or the target is the Deployment of workloadRef.",
    remedy="scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: NAME}.",
)
PAUSED: Final = warning(
    "RR404",
    "the ScaledObject is paused",
    cause="Somebody has put a pause on it; KEDA does not scale the Rollout up, and at zero a canary waits for ever.",
    remedy="Take the annotation off when the reason is gone: kubectl annotate scaledobject NAME autoscaling.keda.sh/paused-.",
)
TO_ZERO: Final = warning(
    "RR405",
    "KEDA may take the Rollout to zero in the middle of a canary",
    cause=(
        "minReplicaCount is 0, or not set, and nothing holds the ScaledObject: a new version that comes while it is at zero"
        " is promoted without a pod."
    ),
    remedy="Put keda: {} into the plugin's block, or -keda=hold into the plugin's args (docs/keda.md).",
)
STRAY_HOLD: Final = warning(
    "RR406",
    "a ScaledObject is still held though no canary runs",
    cause="The sweep that lets go of it has not come by yet, is off, or lacks a right; the workload is kept from zero meanwhile.",
    remedy="Wait for the next sweep (-keda-sweep-seconds), or undo it by hand: docs/keda.md, By hand.",
)
BAD_RECORD: Final = warning(
    "RR407",
    "the record of a hold cannot be read",
    cause="Somebody has edited the annotation rollouts.argoproj.io/keda-hold; the router then touches nothing.",
    remedy="Undo the hold by hand: docs/keda.md, By hand.",
)
TOO_OLD: Final = warning(
    "RR408",
    "this release of KEDA cannot be asked for what the Rollout wants",
    cause="force-activation came with KEDA 2.18, and scaling in is let go of again since 2.18.2.",
    remedy="Update KEDA, or set activation: wait and scaleIn: allow.",
)
ADVICE: Final = note(
    "RR409",
    "a trap of this way of scaling",
    cause="What the autoscaler measures changes with a canary under way.",
    remedy="See docs/keda.md, Traps.",
)

ALL: Final = (
    UNREAD,
    NO_KEDA,
    AMBIGUOUS,
    WRONG_TARGET,
    PAUSED,
    TO_ZERO,
    STRAY_HOLD,
    BAD_RECORD,
    TOO_OLD,
    ADVICE,
)
