"""What somebody should look at, with the value and the threshold in the text of the alert."""

from typing import Final

from observability.rules import names
from observability.rules.model import Alert, Group, Severity

_WHO: Final = "{{ $labels.namespace }}/{{ $labels.name }}"
_WHY: Final = f"`rollouts-router why {_WHO}` says why, and what to do."
_ROUTING: Final = f'{names.EVENTS}{{reason=~"TrafficRoutingError|WeightVerifyError"}}'

MOST_FAILURES: Final = 0.15
LEAST_DEPLOYMENTS: Final = 10
"""Fewer in 30 days say nothing of a rate."""

MOST_ROUTING_ERRORS: Final = 5
"""In ten minutes; the controller retries every few seconds, and one conflict is no news."""

ALERTS: Final = Group(
    name="progressive-alerts",
    interval="1m",
    rules=(
        Alert(
            name="RolloutAborted",
            expression=f'max_over_time({names.NEW_EVENTS}{{reason="RolloutAborted"}}[10m]) > 0',
            lasts="0m",
            severity=Severity.WARNING,
            summary=f"{_WHO}: {{{{ $value }}}} update was aborted in the last ten minutes, none is expected",
            what_to_do=f"Traffic is with the stable version. {_WHY}",
        ),
        Alert(
            name="RolloutDegraded",
            expression=f'sum by (namespace, name) ({names.INFO}{{phase=~"Abort|Timeout|Error|InvalidSpec"}}) > 0',
            lasts="1h",
            severity=Severity.WARNING,
            summary=f"{_WHO}: degraded for longer than 1 h",
            what_to_do=f"An abort or a deadline has stopped it, and nobody has released a version since. {_WHY}",
        ),
        Alert(
            name="RolloutWaits",
            expression=f'sum by (namespace, name) ({names.INFO}{{phase="Paused"}}) > 0',
            lasts="24h",
            severity=Severity.WARNING,
            summary=f"{_WHO}: paused for longer than 24 h",
            what_to_do=f"Two versions have traffic all that time. {_WHY}",
        ),
        Alert(
            name="RolloutStuck",
            expression=f'sum by (namespace, name) ({names.INFO}{{phase="Progressing"}}) > 0',
            lasts="3h",
            severity=Severity.WARNING,
            summary=f"{_WHO}: on its way for longer than 3 h without a pause",
            what_to_do=f"A gate waits for traffic, pods do not get ready, or weights cannot be set. {_WHY}",
        ),
        Alert(
            name="RolloutRoutingFails",
            expression=f"sum by (namespace, name) (increase({_ROUTING}[10m])) > {MOST_ROUTING_ERRORS}",
            lasts="5m",
            severity=Severity.CRITICAL,
            summary=(
                f'{_WHO}: {{{{ $value | printf "%.0f" }}}} routing errors in ten minutes,'
                f" {MOST_ROUTING_ERRORS} are allowed"
            ),
            what_to_do=f"Weights are not what the step says, an abort included. {_WHY}",
        ),
        Alert(
            name="RolloutChangeFailureRateHigh",
            expression=(
                f"{names.FAILURE_RATIO_30D} > {MOST_FAILURES}\n"
                f"and on (namespace, name) {names.DEPLOYMENTS_30D} >= {LEAST_DEPLOYMENTS}"
            ),
            lasts="1h",
            severity=Severity.WARNING,
            summary=f"{_WHO}: {{{{ $value | humanizePercentage }}}} of the updates of 30 days failed, {MOST_FAILURES:.0%} are allowed",
            what_to_do="Aborts at 5 % of the traffic or less are not among them. Look at what the gates found.",
        ),
        Alert(
            name="RolloutNotificationsFail",
            expression=(
                f"sum by (namespace, name) ({names.NOT_SENT} - ({names.NOT_SENT} offset 30m or 0 * {names.NOT_SENT})) > 0"
            ),
            lasts="0m",
            severity=Severity.WARNING,
            summary=f"{_WHO}: {{{{ $value }}}} notifications of the last 30 minutes were not sent, none is expected to fail",
            what_to_do="The controller's log says why; look at service and secret of argo-rollouts-notification-configmap.",
        ),
        Alert(
            name="RolloutsControllerNotMeasured",
            expression=f"absent({names.CONTROLLER})",
            lasts="10m",
            severity=Severity.CRITICAL,
            summary="no metrics of the Argo Rollouts controller for 10 m, so none of these rules can tell anything",
            what_to_do="Scrape port 8090 of the controller, with honor_labels; and see whether it runs.",
        ),
    ),
)
