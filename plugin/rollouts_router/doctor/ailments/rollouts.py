"""RR2xx: a Rollout, its Services, its steps, and the analysis that it refers to."""

from typing import Final

from rollouts_router.doctor.ailments.model import error, note, warning

UNREAD: Final = warning(
    "RR200",
    "a part of the Rollout cannot be looked at",
    cause="Your account may not read an object that a check needs, or the API server did not answer.",
    remedy="Look with an account that may read it, or leave this out with --skip RR200.",
)
MISSING: Final = error(
    "RR201",
    "the Rollout does not exist",
    cause="It was named on the command line, and there is none of that name in that namespace.",
    remedy="Correct the name or the namespace.",
)
NOT_OURS: Final = error(
    "RR202",
    "the Rollout does not use the plugin",
    cause=(
        "spec.strategy.canary.trafficRouting.plugins has no key argoproj-labs/gatewayAPI. A block gatewayAPI beside"
        " plugins is none that Argo Rollouts knows: the API server drops it, and the canary gets traffic by its number"
        " of pods alone."
    ),
    remedy="Put the block under trafficRouting.plugins with the key argoproj-labs/gatewayAPI.",
)
UNUSABLE: Final = error(
    "RR203",
    "the Rollout's routing cannot be used as it is written",
    cause="A field of the plugin's block, or one of the fields around it, is missing or has a wrong value.",
    remedy="Correct the field by docs/configuration.md.",
)
REFUSED: Final = error(
    "RR205",
    "the controller refuses the Rollout",
    cause="Its spec does not pass the controller's own validation; nothing happens to it until it does.",
    remedy="Do what the message says.",
)
DEGRADED: Final = warning(
    "RR206",
    "the Rollout is degraded",
    cause="It was aborted, or did not get on within progressDeadlineSeconds.",
    remedy="kubectl argo rollouts get rollout NAME shows where it stands; then retry, promote or undo it.",
)
NOT_SEEN: Final = warning(
    "RR207",
    "the controller has not seen the last change of the Rollout",
    cause="It does not run, does not watch this namespace, or has just not got to it.",
    remedy="Look again in a minute; then at the controller (RR110 to RR113) and its flags --namespaced and --instance-id.",
)
OTHER_PLUGIN: Final = error(
    "RR208",
    "the Rollout names a plugin that is not registered",
    cause="A key of trafficRouting.plugins is no entry of trafficRouterPlugins, so each reconcile fails.",
    remedy="Correct the key: names are compared letter by letter.",
)
UNSEEN: Final = error(
    "RR209",
    "Rollouts cannot be looked at",
    cause="Your account may not get or list Rollouts there, or the API server did not answer; nothing is known of them.",
    remedy="Look with an account that may read them.",
)
NO_SERVICE: Final = error(
    "RR210",
    "a Service of the Rollout does not exist",
    cause="The controller refuses the Rollout without it, and gateways answer errors for its share of the traffic.",
    remedy="Create it, or correct stableService or canaryService.",
)
NO_PORTS: Final = error(
    "RR211",
    "a backendRef names a port that its Service does not have",
    cause="Gateways answer errors for the share of such a reference.",
    remedy="Use one of the Service's ports in the route.",
)
OTHER_PODS: Final = error(
    "RR212",
    "a Service selects other pods than the Rollout's",
    cause="A label of its selector is not among those of the Rollout's pod template, so traffic ends elsewhere, or nowhere.",
    remedy="Make the selector a part of spec.template.metadata.labels.",
)
NO_SELECTOR: Final = error(
    "RR213",
    "a Service of the Rollout selects no pods",
    cause="Without a selector the controller has nothing to narrow to one version, so both Services lead to the same.",
    remedy="Give it the labels of the Rollout's pods as its selector.",
)
NOT_NARROWED: Final = warning(
    "RR214",
    "a Service is not narrowed to a version",
    cause=(
        "The controller puts the label rollouts-pod-template-hash into the selectors of both Services. Where it is missing,"
        " each Service leads to the pods of all versions, whatever the weights: the controller has not come to it, or"
        " somebody, such as a GitOps tool, takes it out again."
    ),
    remedy="Keep that tool from writing spec.selector of these Services, or find out why the controller does not get on.",
)
OTHERS_SERVICE: Final = error(
    "RR215",
    "another Rollout uses the same Service",
    cause="Two Rollouts put their own pods behind one Service in turn, and each sets its weights.",
    remedy="Give each Rollout two Services of its own.",
)
NO_EFFECT: Final = warning(
    "RR220",
    "a header or mirror step has no effect",
    cause="Routes in a list or with a selector take such steps only when told to, and TCP, TLS and UDP routes never do.",
    remedy="Write useHeaderRoutes: true at the list's entry or the selector, or take the step out.",
)
NO_MIRRORS: Final = error(
    "RR222",
    "a gateway cannot do what a mirror step asks",
    cause="Its GatewayClass does not list request mirroring, or it is known to answer errors for it.",
    remedy="Take the step out, or attach the route to a gateway that mirrors.",
)
NO_TEMPLATE: Final = error(
    "RR230",
    "an analysis template does not exist",
    cause="The step or the background analysis that refers to it fails, and with it the canary.",
    remedy="Create it, correct the name, or set clusterScope.",
)
AT_ZERO: Final = note(
    "RR231",
    "the Rollout has no replicas",
    cause="A version that is released while spec.replicas is 0 walks through its steps without a pod and is promoted untested.",
    remedy="Scale it up before a release, or let the router wait for KEDA (docs/keda.md).",
)

ALL: Final = (
    UNREAD,
    MISSING,
    NOT_OURS,
    UNUSABLE,
    REFUSED,
    DEGRADED,
    NOT_SEEN,
    OTHER_PLUGIN,
    UNSEEN,
    NO_SERVICE,
    NO_PORTS,
    OTHER_PODS,
    NO_SELECTOR,
    NOT_NARROWED,
    OTHERS_SERVICE,
    NO_EFFECT,
    NO_MIRRORS,
    NO_TEMPLATE,
    AT_ZERO,
)
