"""RR1xx: the controller, the plugin's registration, rights, and what the cluster serves."""

from typing import Final

from rollouts_router.doctor.ailments.model import error, note, warning

_RESTART: Final = "then restart the controller, which reads its plugins only at its start"

UNREAD: Final = warning(
    "RR100",
    "a part of the install cannot be looked at",
    cause="Your account may not read an object that a check needs, or the API server did not answer.",
    remedy="Look with an account that may read it, or leave this out with --skip RR100.",
)
NO_CONFIG: Final = error(
    "RR101",
    "the ConfigMap argo-rollouts-config is missing",
    cause=(
        "The controller learns of plugins from the ConfigMap argo-rollouts-config of its own namespace. It was never"
        " made, or the controller is in another namespace than the one that was looked at."
    ),
    remedy=f"Create it with the entry of docs/installing.md, {_RESTART}; or name the right --controller-namespace.",
)
NOT_REGISTERED: Final = error(
    "RR102",
    "the plugin is not registered",
    cause="trafficRouterPlugins has no entry of this name, so the controller cannot launch the router.",
    remedy=f"Add the entry of docs/installing.md to trafficRouterPlugins, {_RESTART}.",
)
WRONG_NAME: Final = error(
    "RR103",
    "the plugin is registered under another name",
    cause=(
        "Rollouts name the plugin exactly as it is registered, capital letters included, and the router answers to"
        " argoproj-labs/gatewayAPI alone."
    ),
    remedy=f"Write the name argoproj-labs/gatewayAPI, {_RESTART}.",
)
NOT_A_LIST: Final = error(
    "RR104",
    "trafficRouterPlugins cannot be read",
    cause="Its value has to be a YAML list of entries; the controller does not start with anything else.",
    remedy=f"Correct it by the example in docs/installing.md, {_RESTART}.",
)
BAD_LOCATION: Final = error(
    "RR105",
    "the plugin's location cannot be used",
    cause="The controller takes file:// and http(s):// URLs of one file.",
    remedy=f"Write file:///path/to/rollouts-router, or the https:// URL of the executable, {_RESTART}.",
)
NO_SUM: Final = warning(
    "RR106",
    "the plugin is downloaded unchecked",
    cause="Without sha256 the controller runs whatever it gets from that address, with its own rights.",
    remedy=f"Add the sha256 from SHA256SUMS of the release, {_RESTART}.",
)
BAD_SUM: Final = error(
    "RR107",
    "the plugin's sha256 is none",
    cause="A sum that is not 64 hexadecimal digits matches no file, and the controller then does not start.",
    remedy=f"Write the output of sha256sum for the executable, {_RESTART}.",
)
BAD_ARGUMENTS: Final = error(
    "RR108",
    "the plugin's args cannot be used",
    cause="With a flag that it does not know, or a value that it cannot read, the router ends before its handshake.",
    remedy=f"Correct args by the table of flags in docs/configuration.md, {_RESTART}.",
)
TWICE: Final = error(
    "RR109",
    "the plugin is registered twice",
    cause="The controller keeps one file for each name, and which of the two entries counts is left to chance.",
    remedy=f"Leave one entry, {_RESTART}.",
)
NO_CONTROLLER: Final = error(
    "RR110",
    "the controller is not found",
    cause=(
        "No Deployment of that namespace runs the image argo-rollouts. It is in another namespace, or not installed."
    ),
    remedy="Name the namespace with --controller-namespace, or install Argo Rollouts.",
)
NOT_RUNNING: Final = error(
    "RR111",
    "the controller does not run",
    cause=(
        "No pod of its Deployment is available. One reason that is peculiar to plugins: a download, copy or checksum of"
        " a plugin that fails keeps the controller from starting."
    ),
    remedy="Look at the pods' state and log: kubectl -n NAMESPACE describe pods, kubectl -n NAMESPACE logs deployment/NAME.",
)
OTHER_VERSION: Final = note(
    "RR112",
    "the controller's version is not one of those that were tried",
    cause="The router's tests drive the releases v1.7 to v1.10; what another one asks of a plugin is not known.",
    remedy="Try it in a test cluster first, or use one of these releases.",
)
STALE: Final = error(
    "RR113",
    "the controller runs with an older list of plugins",
    cause="The controller reads its ConfigMap only at its start, and plugins were changed since.",
    remedy="kubectl -n NAMESPACE rollout restart deployment/NAME.",
)
NOT_MOUNTED: Final = warning(
    "RR114",
    "nothing brings the plugin's file into the controller",
    cause=(
        "The location is a path inside of the controller's container, and no volume is mounted there. That is right only"
        " for an image that was built with the file in it."
    ),
    remedy="Mount the file by an init container or an image volume, as docs/installing.md shows.",
)
NO_ROOM: Final = error(
    "RR115",
    "the controller cannot store plugins",
    cause=(
        "It copies each plugin into the folder plugin-bin of its working directory; the root file system is read-only and"
        " no volume is mounted there."
    ),
    remedy="Mount an emptyDir at /home/argo-rollouts/plugin-bin, as the stock manifests do.",
)
LACKS_RIGHT: Final = error(
    "RR120",
    "a right is missing",
    cause="The router acts with the rights of the controller's service account, and Rollouts that were looked at need this.",
    remedy="kubectl apply -f manifests/rbac.yaml (for KEDA also manifests/rbac-keda.yaml), or add the rule to its role.",
)
LACKS_OPTIONAL_RIGHT: Final = warning(
    "RR121",
    "an optional right is missing",
    cause="Without it a check of the router or a part of it is left out, for Rollouts that were looked at.",
    remedy="Add the component of manifests/components that has it (events, grants, mirrors or keda) if you want it.",
)
OWN_RIGHTS: Final = note(
    "RR122",
    "rights were asked for your own account",
    cause=(
        "Whether somebody else may do something is told by a SubjectAccessReview, which your account may not create; or"
        " the controller's service account is not known. So it was asked what you may do."
    ),
    remedy="Let somebody look who may create subjectaccessreviews, or name the account with --as-service-account.",
)
NO_GATEWAY_API: Final = error(
    "RR130",
    "the Gateway API is not installed",
    cause="The cluster serves nothing of the group gateway.networking.k8s.io.",
    remedy="Install its CRDs: the standard channel of a release that your gateway supports.",
)
KIND_NOT_SERVED: Final = error(
    "RR131",
    "a kind of route is not served",
    cause=(
        "A Rollout names routes of this kind, and its CRD is missing or serves only versions that the router does not"
        " know. Some kinds are in the experimental channel only, in older releases."
    ),
    remedy="Install the CRD of that kind, or take it out of the Rollout.",
)
PRUNES_NAMES: Final = warning(
    "RR132",
    "the CRD drops the names of rules",
    cause=(
        "rules[].name is in the standard channel since Gateway API 1.4, in the experimental one since 1.2. Older CRDs drop it without a word: rules"
        " of header and mirror steps are then known by their digest alone, and ruleName finds nothing."
    ),
    remedy="Update the Gateway API CRDs to 1.4 or later.",
)
FOREIGN_CRD: Final = note(
    "RR133",
    "the release of the Gateway API is not known",
    cause="The CRD carries no bundle-version annotation; it was not installed from a release of the Gateway API.",
    remedy="Nothing, if your provider maintains it.",
)
NO_ROLLOUTS: Final = error(
    "RR134",
    "Argo Rollouts is not installed",
    cause="The cluster serves no Rollouts (argoproj.io/v1alpha1).",
    remedy="Install Argo Rollouts with its CRDs.",
)

ALL: Final = (
    UNREAD,
    NO_CONFIG,
    NOT_REGISTERED,
    WRONG_NAME,
    NOT_A_LIST,
    BAD_LOCATION,
    NO_SUM,
    BAD_SUM,
    BAD_ARGUMENTS,
    TWICE,
    NO_CONTROLLER,
    NOT_RUNNING,
    OTHER_VERSION,
    STALE,
    NOT_MOUNTED,
    NO_ROOM,
    LACKS_RIGHT,
    LACKS_OPTIONAL_RIGHT,
    OWN_RIGHTS,
    NO_GATEWAY_API,
    KIND_NOT_SERVED,
    PRUNES_NAMES,
    FOREIGN_CRD,
    NO_ROLLOUTS,
)
