"""Rules on metrics, and on how Rollouts use their templates. Source: Argo Rollouts 1.10, package analysis."""

from typing import Final

from rollouts_router.lint.rules.grades import error, note, warning

ALL_INCONCLUSIVE: Final = error(
    "RR611",
    "an analysis can end Successful while every measurement was Inconclusive",
    "Set consecutiveSuccessLimit to 1 or more, so that it ends Inconclusive and pauses; or an inconclusiveLimit below"
    " the count.",
)
INCONCLUSIVE_OVER_COUNT: Final = error(
    "RR612",
    "inconclusiveLimit is above the count, which the controller refuses",
    "Set it to the count at most.",
)
ENDLESS: Final = error(
    "RR613",
    "a step or a blue-green promotion waits for an analysis that never ends",
    "Give the metric a count. Only the background analysis of a canary may go without.",
)
NO_INTERVAL: Final = error(
    "RR614",
    "a count above 1 without an interval, which the controller refuses",
    "Give the metric an interval.",
)
COUNT_TOO_SMALL: Final = error(
    "RR615",
    "the count is less than failureLimit and consecutiveSuccessLimit together, which the controller refuses",
    "Raise the count, or lower the limits.",
)
WINDOW_ABORTS: Final = error(
    "RR616",
    "a gate on the time of day aborts the Rollout outside of its window",
    'Set failureCondition: "false", consecutiveSuccessLimit: 1 and inconclusiveLimit to the count: then a reading'
    " outside of the window is Inconclusive, and the gate pauses at worst.",
)
FAILS_AT_COUNT: Final = warning(
    "RR617",
    "with failureLimit -1 a metric that has not reached consecutiveSuccessLimit ends Failed, which aborts",
    "To pause instead, leave failureLimit at 0 and set a failureCondition for what is really bad.",
)
LOOSENED: Final = warning(
    "RR618",
    "a later step is less strict than an earlier one",
    "Keep thresholds or tighten them as the exposure grows. If it is meant so, annotate the Rollout with"
    ' rollouts-router/lint-skip: "RR618".',
)
UNGUARDED_ENTRY: Final = error(
    "RR619",
    "a condition reads an entry of a result that may be empty",
    "Write len(result) > 0 && in front of it. An empty result is otherwise an error, and more than"
    " consecutiveErrorLimit of them in a row abort the Rollout. isNil() and default() do not help: both look at the"
    " whole result.",
)
UNGUARDED_VALUE: Final = error(
    "RR620",
    "a condition reckons with a New Relic value that is null without traffic",
    "Write result.x != nil && in front of it, or compare a count first: result.n >= 100 && result.x < 0.05.",
)
PASSES_WITHOUT_DATA: Final = warning(
    "RR621",
    "a metric is Successful when there is no data",
    "State what is good in a successCondition as well, with a minimum of traffic, so that no data is Inconclusive.",
)
NO_CONDITION: Final = error(
    "RR622",
    "a metric without a condition is always Successful",
    "Write a successCondition, a failureCondition, or both.",
)
PROVIDERS: Final = error(
    "RR623",
    "a metric has no provider, or several",
    "Give it exactly one.",
)
MATCHES_NO_METRIC: Final = error(
    "RR624",
    "a dryRun or measurementRetention matches no metric, which makes the run fail",
    "Correct the name; it is a regular expression on names of metrics.",
)
COMBINED: Final = error(
    "RR625",
    "templates that are used together clash",
    "Give metrics different names, and an argument one default.",
)
TEMPLATE_MISSING: Final = note(
    "RR626",
    "a template that is used was not among the files",
    "Give its file as well, if it is yours; what depends on it was not checked.",
)
SECRET_FROM_ROLLOUT: Final = error(
    "RR627",
    "a Rollout gives an argument from a source that it cannot have",
    "A Rollout's arguments come from value, podTemplateHashValue or fieldRef. Put the secretKeyRef into the template.",
)
NO_ALIAS: Final = warning(
    "RR628",
    "a New Relic query selects a value without a name",
    "Name it: SELECT average(duration) AS duration. Names that New Relic makes up hold dots and change.",
)
UNDECLARED: Final = error(
    "RR629",
    "a metric uses an argument that no template declares",
    "Declare it in spec.args of the template.",
)
UNKNOWN_ARGUMENT: Final = error(
    "RR630",
    "a Rollout gives an argument that its templates do not have, and it is ignored",
    "Correct the name, or declare it in the template: the template's default counts as it stands.",
)
NOT_GIVEN: Final = error(
    "RR631",
    "an argument without a default is not given",
    "Give it a value where the template is used.",
)
NO_LIMIT: Final = error(
    "RR632",
    "failureLimit -1 without a consecutiveSuccessLimit, which the controller refuses",
    "Set consecutiveSuccessLimit to 1 or more, or a failureLimit of 0 or more.",
)

ANALYSIS: Final = (
    ALL_INCONCLUSIVE,
    INCONCLUSIVE_OVER_COUNT,
    ENDLESS,
    NO_INTERVAL,
    COUNT_TOO_SMALL,
    WINDOW_ABORTS,
    FAILS_AT_COUNT,
    LOOSENED,
    UNGUARDED_ENTRY,
    UNGUARDED_VALUE,
    PASSES_WITHOUT_DATA,
    NO_CONDITION,
    PROVIDERS,
    MATCHES_NO_METRIC,
    COMBINED,
    TEMPLATE_MISSING,
    SECRET_FROM_ROLLOUT,
    NO_ALIAS,
    UNDECLARED,
    UNKNOWN_ARGUMENT,
    NOT_GIVEN,
    NO_LIMIT,
)
