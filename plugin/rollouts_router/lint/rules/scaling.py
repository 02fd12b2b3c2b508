"""Rules on what scales or guards the pods of a Rollout. Source: docs/keda.md."""

from typing import Final

from rollouts_router.lint.rules.grades import error, note, warning

SCALES_WORKLOAD: Final = error(
    "RR761",
    "an autoscaler targets the Deployment that a Rollout has taken over",
    "Target the Rollout: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: NAME}.",
)
TARGET_MISSING: Final = warning(
    "RR762",
    "an autoscaler targets a Rollout that is not among the files, although others are",
    "Correct the name.",
)
TARGET_FORM: Final = error(
    "RR763",
    "an autoscaler means a Rollout and says something else",
    "Write all of it: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: NAME}.",
)
TO_ZERO: Final = warning(
    "RR764",
    "KEDA may take the Rollout to zero in the middle of a canary",
    "Set minReplicaCount to 1 or more, or put a keda block into the plugin's configuration, which holds it from zero.",
)
UNSATISFIABLE: Final = warning(
    "RR765",
    "a PodDisruptionBudget allows no pod to go, so no node can be drained",
    "Let at least one go: maxUnavailable: 1, or a minAvailable below the least number of replicas.",
)
REPLICAS_TOO: Final = warning(
    "RR766",
    "spec.replicas is written although an autoscaler sets it",
    "Take it out of the file, and have the GitOps tool ignore it: each apply sets it back otherwise.",
)
SCALED_TWICE: Final = error(
    "RR767",
    "two autoscalers drive one Rollout",
    "Keep one. A ScaledObject makes its own HorizontalPodAutoscaler.",
)
KEDA_ADVICE: Final = note(
    "RR768",
    "a ScaledObject and a canary do not go well together",
    "See docs/keda.md, Traps.",
)

SCALING: Final = (
    SCALES_WORKLOAD,
    TARGET_MISSING,
    TARGET_FORM,
    TO_ZERO,
    UNSATISFIABLE,
    REPLICAS_TOO,
    SCALED_TWICE,
    KEDA_ADVICE,
)
