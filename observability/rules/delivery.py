"""The four delivery metrics out of the controller's events: how often, how long, how many fail, how fast it is right again.

Events are counters whose series begin with the first event, at 1, so `increase` misses just the rare ones that
matter. So what is new in each minute is recorded, and everything else is a sum of that.
"""

from typing import Final

from observability.rules import names
from observability.rules.model import Group, Recorded

MINUTE: Final = "1m"
"""Of the first group; its rules look back exactly one interval, so neither may change alone."""

EARLY_PERCENT: Final = 5
"""An abort at this exposure or below is the safety at work, and is counted apart from failures (delivery-kit, 2.D.5)."""

_WATCHED: Final = f'{names.EVENTS}{{reason=~"RolloutCompleted|RolloutAborted"}}'

# What was there a minute ago is the last value of the past hour: a scrape that fails for a while makes nothing new.
# A value below that is a controller that was started anew, and all of it is new. A series that was not there before
# is new if its target was scraped before; else Prometheus is new, and the controller has counted for weeks.
# An abort by the progress deadline writes two Events in one reconcile, so at most one counts in a minute.
_NEW_EVENTS: Final = f"""\
clamp_max(
  sum by (namespace, name, reason) (
      ({_WATCHED} - last_over_time({_WATCHED}[1h] offset {MINUTE}) >= 0)
    or
      ({_WATCHED} and on (job, instance) count_over_time(up[1h] offset {MINUTE}) > 0)
  ),
  1
)"""

_CANARY: Final = f'{names.WEIGHT}{{backend="canary"}}'
_ALL: Final = f"sum without (backend) ({names.WEIGHT})"
_ABORTED: Final = f'sum by (namespace, name) ({names.NEW_EVENTS}{{reason="RolloutAborted"}})'
_HEALTHY: Final = f'{names.INFO}{{phase="Completed"}}'  # so the controller's metrics call it
_BEFORE: Final = f"{names.FAILING_SINCE} offset {MINUTE}"
_COMPLETED: Final = f"{names.NEW_DEPLOYMENTS} > 0"


def _percent(canary: str) -> str:
    """Of all traffic, whatever the Rollout's maxTrafficWeight is; the highest that any exporter knows."""
    share = names.named(f"100 * {canary} / ignoring (backend) {_ALL}")
    return f"max by (namespace, name) ({share})"


DELIVERY: Final = Group(
    name="progressive-delivery",
    interval=MINUTE,
    rules=(
        Recorded(names.NEW_EVENTS, _NEW_EVENTS),
        Recorded(names.PERCENT, _percent(_CANARY)),
        Recorded(names.EXPOSURE, _percent(f"max_over_time({_CANARY}[5m])")),
        Recorded(
            names.NEW_DEPLOYMENTS,
            f'sum by (namespace, name) ({names.NEW_EVENTS}{{reason="RolloutCompleted"}})',
        ),
        Recorded(
            names.NEW_FAILURES, f"{_ABORTED}\nunless on (namespace, name) {names.EXPOSURE} <= {EARLY_PERCENT}"
        ),
        Recorded(
            names.NEW_EARLY, f"{_ABORTED}\nand on (namespace, name) {names.EXPOSURE} <= {EARLY_PERCENT}"
        ),
        Recorded(names.RECOVERY, f"(time() - {_BEFORE})\nand on (namespace, name) {_HEALTHY}"),
        Recorded(
            names.FAILING_SINCE,
            f"({_BEFORE} unless on (namespace, name) {_HEALTHY})\nor\n0 * ({names.NEW_FAILURES} > 0) + time()",
        ),
        Recorded(
            names.LEAD_TIME,
            f"(time() - max by (namespace, name) ({names.COMMIT_TIME}))\nand on (namespace, name) {_COMPLETED}",
        ),
    ),
)


def _count(series: str) -> str:
    return f"sum_over_time({series}[30d])"


def _mean(series: str) -> str:
    return f"avg_over_time({series}[30d])"


_DONE: Final = f"({names.DEPLOYMENTS_30D} or 0 * {names.FAILURES_30D})"
_FAILED: Final = f"({names.FAILURES_30D} or 0 * {names.DEPLOYMENTS_30D})"

MONTHLY: Final = Group(
    name="progressive-delivery-30d",
    interval="5m",
    rules=(
        Recorded(names.DEPLOYMENTS_30D, _count(names.NEW_DEPLOYMENTS)),
        Recorded(names.FAILURES_30D, _count(names.NEW_FAILURES)),
        Recorded(names.EARLY_30D, _count(names.NEW_EARLY)),
        Recorded(names.FAILURE_RATIO_30D, f"{_FAILED} / ({_FAILED} + {_DONE} > 0)"),
        Recorded(names.RECOVERY_30D, _mean(names.RECOVERY)),
        Recorded(names.LEAD_TIME_30D, _mean(names.LEAD_TIME)),
    ),
)
