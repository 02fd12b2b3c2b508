"""Rules on routes and Services, against the Rollouts that use them. Source: docs/routing.md."""

from typing import Final

from rollouts_router.lint.rules.grades import error, note, warning

ROUTE_MISSING: Final = warning(
    "RR741",
    "a route that is named was not among the files, although others of its kind were",
    "Give its file as well, if it is yours; correct the name, if it is misspelt.",
)
NOTHING_SELECTED: Final = warning(
    "RR742",
    "a selector matches none of the routes that were given",
    "Put the label on the route, or correct the selector.",
)
NO_RULE: Final = error(
    "RR743",
    "a route has no rule with both Services, so no weight can be set in it",
    "Put both Services into one rule's backendRefs.",
)
SERVICE_MISSING: Final = warning(
    "RR744",
    "a Service of the Rollout was not among the files, although others were",
    "Add it, or correct the name.",
)
SERVICES: Final = error(
    "RR745",
    "the Rollout does not name two different Services",
    "Name two: stableService and canaryService, or pingPong.",
)
DEFAULTS: Final = note(
    "RR746",
    "a backendRef leaves out what the API server fills in, which GitOps tools show as a difference",
    'Write group: "", kind: Service and a weight (100 for stable, 0 for canary).',
)
OUR_MARKS: Final = warning(
    "RR747",
    "a route in a file carries marks that belong to a running canary",
    "Take the label or annotation out of the file: it was copied from a cluster, and comes and goes with canaries.",
)
SELECTS_NOTHING: Final = error(
    "RR748",
    "a Service of the Rollout does not select the Rollout's pods",
    "Make its selector match the labels of the Rollout's pod template.",
)

ROUTES: Final = (
    ROUTE_MISSING,
    NOTHING_SELECTED,
    NO_RULE,
    SERVICE_MISSING,
    SERVICES,
    DEFAULTS,
    OUR_MARKS,
    SELECTS_NOTHING,
)
