"""Rules on the plugin's block in a Rollout. Source: docs/configuration.md."""

from typing import Final

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.lint.rules.grades import error, note, warning

UNKNOWN_ROUTER: Final = error(
    "RR721",
    "trafficRouting has a field that the controller does not know, and it is ignored",
    f"The Gateway API is reached through the plugin: trafficRouting.plugins, and in it {PLUGIN_NAME}.",
)
PLUGIN_NAME_WRONG: Final = error(
    "RR722",
    "the plugin's name is misspelt",
    f"Write {PLUGIN_NAME}, as in the ConfigMap argo-rollouts-config.",
)
UNKNOWN_KEY: Final = warning(
    "RR723",
    "the plugin's block has a key that is not known, and it is ignored",
    "Correct it, or take it out.",
)
WRONG_VALUE: Final = error(
    "RR724",
    "the plugin's block has a value that it cannot have",
    "Write it as the sentence says.",
)
NAME_AND_SELECTOR: Final = note(
    "RR725",
    "routes of one kind are given by name and by selector",
    "Both count. Keep one of the ways, so that a reader sees which routes are meant.",
)
EMPTY_SELECTOR: Final = warning(
    "RR726",
    "an empty selector matches every route of the namespace",
    'Give it a label, as in matchLabels: {rollout-enabled: "true"}.',
)
NO_HEADER_ROUTES: Final = error(
    "RR727",
    "no route takes the header and mirror steps, which then have no effect",
    "Set useHeaderRoutes: true on a route of the list or on the selector, or name the route as httpRoute or grpcRoute.",
)
NOT_LOOKED_INTO: Final = error(
    "RR728",
    "header or mirror steps with routes that do not look into requests",
    "Only HTTPRoutes and GRPCRoutes take them. Name one, or take the steps out.",
)
NO_ROUTES: Final = error(
    "RR729",
    "the plugin's block says nothing of routes",
    "Name one, as httpRoute, or write a selector, as httpRouteSelector.",
)

PLUGIN: Final = (
    UNKNOWN_ROUTER,
    PLUGIN_NAME_WRONG,
    UNKNOWN_KEY,
    WRONG_VALUE,
    NAME_AND_SELECTOR,
    EMPTY_SELECTOR,
    NO_HEADER_ROUTES,
    NOT_LOOKED_INTO,
    NO_ROUTES,
)
