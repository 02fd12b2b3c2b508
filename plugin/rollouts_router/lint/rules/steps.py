"""Rules on the strategy of a Rollout: its steps, and what goes with them. Source: Argo Rollouts 1.10, its validation."""

from typing import Final

from rollouts_router.lint.rules.grades import error, warning

NOT_MANAGED: Final = error(
    "RR701",
    "a header or mirror step names a route that is not in managedRoutes",
    "List it: trafficRouting.managedRoutes: [{name: NAME}].",
)
NO_PODS_YET: Final = error(
    "RR702",
    "a header or mirror step comes before the canary has pods, so its route is taken out at once",
    "Put a setCanaryScale with replicas or weight, or a setWeight above 0, in front of it.",
)
LOSES_PODS: Final = error(
    "RR703",
    "a step takes the canary's pods away while a header or mirror route counts on them",
    "The route is taken out then and not put back. Set the weight before matchTrafficWeight, or keep a scale above 0.",
)
OUT_OF_RANGE: Final = error(
    "RR704",
    "a step sets a weight that there is not",
    "Write 0 up to maxTrafficWeight, which is 100 unless set.",
)
GOES_DOWN: Final = warning(
    "RR705",
    "a step sets a weight below that of an earlier step",
    "Order the steps by weight.",
)
NO_WEIGHT: Final = warning(
    "RR706",
    "no step sets a weight, so a new version gets all traffic at once",
    "Add setWeight steps with a pause or an analysis after each.",
)
NO_HOLD: Final = warning(
    "RR707",
    "two weights follow each other with nothing between them",
    "Put a pause or an analysis between them, or take one out: nobody sees how the first one did.",
)
AFTER_ALL: Final = warning(
    "RR708",
    "traffic is steered again after the canary got all of it",
    "Take the step out, or lower the weight of the earlier one. Pauses and analyses may follow.",
)
DYNAMIC_STABLE: Final = error(
    "RR709",
    "dynamicStableScale is set with something that it does not go with",
    "It needs trafficRouting, takes no scaleDownDelaySeconds, and with a fixed scale of the canary it may leave too few"
    " pods for either; choose one.",
)
STRATEGIES: Final = error(
    "RR710",
    "blueGreen is mixed with settings of a canary",
    "Choose one strategy: blueGreen moves all traffic at once and knows neither trafficRouting nor steps.",
)
STEP_FORM: Final = error(
    "RR711",
    "a step says nothing that the controller knows, or several things at once",
    "Give each step one of setWeight, pause, analysis, experiment, setCanaryScale, setHeaderRoute, setMirrorRoute and"
    " plugin, spelled like this.",
)
MATCH_FORM: Final = error(
    "RR712",
    "a match of a header or mirror step does not have exactly one of exact, prefix and regex",
    "Write one of them.",
)

STEPS: Final = (
    NOT_MANAGED,
    NO_PODS_YET,
    LOSES_PODS,
    OUT_OF_RANGE,
    GOES_DOWN,
    NO_WEIGHT,
    NO_HOLD,
    AFTER_ALL,
    DYNAMIC_STABLE,
    STRATEGIES,
    STEP_FORM,
    MATCH_FORM,
)
