"""RR5xx: GitOps tools that write the same routes."""

from typing import Final

from rollouts_router.doctor.ailments.model import note, warning

ARGO_CD: Final = warning(
    "RR501",
    "Argo CD compares the weights of a route",
    cause=(
        "An Application tracks the route, and neither its ignoreDifferences nor argocd-cm leaves out what the router writes:"
        " it is out of sync in mid-canary, and self-heal puts Git's weights back."
    ),
    remedy="Add the ignoreDifferences of docs/gitops.md to the Application or to argocd-cm.",
)
ARGO_CD_SYNCS: Final = warning(
    "RR502",
    "every sync of Argo CD writes Git's weights",
    cause="Without ApplyOutOfSyncOnly=true or RespectIgnoreDifferences=true a sync applies the route although it is in sync.",
    remedy="Add ApplyOutOfSyncOnly=true to spec.syncPolicy.syncOptions of the Application.",
)
ARGO_CD_UNREAD: Final = note(
    "RR503",
    "a route is tracked by Argo CD, and its Application cannot be read",
    cause="Your account may not list Applications, or it is in another cluster.",
    remedy="See that the Application has the ignoreDifferences of docs/gitops.md.",
)
FLUX: Final = warning(
    "RR511",
    "Flux applies the route as it is in Git",
    cause="A Kustomization applies it with force at every interval, and nothing tells it to leave the weights alone.",
    remedy="Use one of the recipes for Flux in docs/gitops.md.",
)
FLUX_UNREAD: Final = note(
    "RR512",
    "a route is applied by Flux, and its Kustomization cannot be read",
    cause="Your account may not get Kustomizations in that namespace, or it is in another cluster.",
    remedy="See that the Kustomization follows one of the recipes in docs/gitops.md.",
)

ALL: Final = (ARGO_CD, ARGO_CD_SYNCS, ARGO_CD_UNREAD, FLUX, FLUX_UNREAD)
