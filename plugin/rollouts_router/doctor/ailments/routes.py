"""RR3xx: the routes of a Rollout, their parents, and what they carry."""

from typing import Final

from rollouts_router.doctor.ailments.model import error, warning

UNREAD: Final = warning(
    "RR300",
    "routes cannot be looked at",
    cause="Your account may not read them, or the API server did not answer.",
    remedy="Look with an account that may get and list them, or leave this out with --skip RR300.",
)
NO_ROUTES: Final = error(
    "RR301",
    "the Rollout has no route",
    cause=(
        "The block names no route and its selectors find none, or none of those found has a rule with both Services. Every"
        " weight of the canary fails."
    ),
    remedy="Label the route as the selector asks for, or name it; and put stable and canary Service into one rule of it.",
)
NAMED_MISSING: Final = error(
    "RR302",
    "a route that the Rollout names does not exist",
    cause="Its name or namespace is wrong, or it was deleted.",
    remedy="Create it, correct the name, or set namespace in the plugin's block.",
)
NO_RULE: Final = error(
    "RR303",
    "a route that the Rollout names has no rule with both Services",
    cause="Only a rule whose backendRefs hold the stable and the canary Service can be weighed.",
    remedy="Put both into the same rule; mind the namespace of the references.",
)
HALF: Final = warning(
    "RR304",
    "a selected route holds only one of the two Services in its rules",
    cause="It matches the selector and is left alone, so its traffic does not follow the canary.",
    remedy="Put both Services into the same rule, or take the label off.",
)
NOT_SELECTED: Final = warning(
    "RR305",
    "a route leads to the Rollout and is neither named nor selected",
    cause="It holds both Services and nobody sets its weights: the canary gets from it what is written there, at all times.",
    remedy="Give it the label that the selector asks for, name it in the block, or take the canary Service out of it.",
)
REFUSED: Final = error(
    "RR306",
    "a route of the Rollout cannot be changed",
    cause="What would have to be written to it is not possible, as with two Rollouts that set the same weights.",
    remedy="Do what the sentence says.",
)
UNWRITABLE: Final = error(
    "RR307",
    "no served version takes the route as it is",
    cause="A version that allows one rule only is the best that is served, and the route has several.",
    remedy="Split the route, or serve v1alpha2 of its kind as well.",
)
NO_GRANT: Final = error(
    "RR310",
    "a ReferenceGrant is missing",
    cause="A route refers to a Service of another namespace, and that namespace does not allow it: gateways answer errors.",
    remedy="Create the ReferenceGrant that the sentence spells out, in the Service's namespace.",
)
GRANTS_UNREAD: Final = warning(
    "RR311",
    "whether a ReferenceGrant allows a reference cannot be told",
    cause="A route refers to a Service of another namespace, and ReferenceGrants may not be listed there, or are not served.",
    remedy="Look with an account that may list referencegrants, or leave this out with --skip RR311.",
)
NO_PARENT: Final = error(
    "RR320",
    "a route is attached to nothing",
    cause="It has no parentRefs, or every parent has refused it for a reason beside its rules, so it carries no traffic.",
    remedy="Attach it to a Gateway whose listeners take it: names, sectionName, hostnames and allowedRoutes have to fit.",
)
PARENT_REFUSES: Final = error(
    "RR321",
    "a parent does not take the route as it is",
    cause=(
        "A condition in the route's status is not true, or is older than the route. With verify.mode: status each weight"
        " waits for that, and gateways may still serve what was before."
    ),
    remedy="The condition's message on the route says why: kubectl describe it. If it is only old, look at the gateway's controller.",
)
PARENT_SILENT: Final = warning(
    "RR322",
    "nobody reports on a parent of a route",
    cause=(
        "No controller has written a status for it: the Gateway does not exist, its controller does not run, or writes none."
        " Weights then count as live after verify.settleSeconds."
    ),
    remedy="See that the Gateway exists and its controller runs; if it never writes a status, set verify.mode: spec.",
)
NO_GATEWAY: Final = error(
    "RR323",
    "a route is attached to a Gateway that does not exist",
    cause="The parentRef's name or namespace is wrong, or the Gateway was deleted.",
    remedy="Create the Gateway, or correct the parentRef.",
)
RIVAL: Final = error(
    "RR330",
    "two Rollouts set the same weights",
    cause="Both hold the same references of one rule; each reconcile of the one undoes the other.",
    remedy="Give each its own Services, or narrow each to its own rules with ruleName.",
)
STRAY_CLAIM: Final = warning(
    "RR331",
    "a route carries the mark of a Rollout that does not exist",
    cause="A Rollout that is deleted in the middle of a canary leaves its claim, and with it the in-progress label.",
    remedy=(
        "See that the route's weights are right, then remove its entry from the annotation"
        " rollouts.argoproj.io/gatewayapi-claims, and the label if it was the last."
    ),
)
STRAY_LABEL: Final = warning(
    "RR332",
    "a route is marked as in progress though no canary runs",
    cause="The label and the claim go with the last weight of a canary; this one was not the last to be written.",
    remedy="Touch the Rollout, so that it is reconciled; remove by hand what is then left.",
)
STRAY_WEIGHT: Final = error(
    "RR333",
    "the canary has a weight though no canary runs",
    cause=(
        "Somebody else wrote the route, such as a GitOps tool that has other weights in Git, or a new route has none and"
        " counts as 1 to 1; the router puts it right only at the Rollout's next reconcile."
    ),
    remedy="Touch the Rollout, so that it is reconciled; write weight 100 and 0 in Git (docs/gitops.md).",
)
OTHER_WEIGHT: Final = warning(
    "RR334",
    "a route does not carry the weight that the controller asked for",
    cause="A step is being taken this very moment, the router fails, or somebody else wrote the route.",
    remedy="Look again in a minute; then at the Rollout's Events, and at who wrote the route last (docs/gitops.md).",
)

ALL: Final = (
    UNREAD,
    NO_ROUTES,
    NAMED_MISSING,
    NO_RULE,
    HALF,
    NOT_SELECTED,
    REFUSED,
    UNWRITABLE,
    NO_GRANT,
    GRANTS_UNREAD,
    NO_PARENT,
    PARENT_REFUSES,
    PARENT_SILENT,
    NO_GATEWAY,
    RIVAL,
    STRAY_CLAIM,
    STRAY_LABEL,
    STRAY_WEIGHT,
    OTHER_WEIGHT,
)
