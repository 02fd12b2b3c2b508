"""The series that rules and dashboards stand on, by name, and the few expressions that all of them share.

The controller's are those of Argo Rollouts 1.10 (`controller/metrics`); a test holds them against a real scrape.
"""

from typing import Final

EVENTS: Final = "rollout_events_total"
INFO: Final = "rollout_info"
REPLICAS: Final = "rollout_info_replicas_"
RUN: Final = "analysis_run_info"
RUN_METRIC: Final = "analysis_run_metric_phase"
CONTROLLER: Final = "argo_rollouts_controller_info"
NOT_SENT: Final = "notification_send_error"
SENT: Final = "notification_send_success"

WEIGHT: Final = "rollouts_router_weight"
PATCHES: Final = "rollouts_router_patches_total"

COMMIT_TIME: Final = "kube_customresource_rollout_commit_time_seconds"
"""Of kube-state-metrics, from the annotation that the chart sets; `files/kube-state-metrics.yaml` asks for it."""

NEW_EVENTS: Final = "rollouts_router:rollout_events:new1m"
EXPOSURE: Final = "rollouts_router:canary_exposure_percent:max5m"
PERCENT: Final = "rollouts_router:canary_weight:percent"
NEW_DEPLOYMENTS: Final = "rollouts_router:deployments:new1m"
NEW_FAILURES: Final = "rollouts_router:failures:new1m"
NEW_EARLY: Final = "rollouts_router:early_aborts:new1m"
FAILING_SINCE: Final = "rollouts_router:failing:since_seconds"
RECOVERY: Final = "rollouts_router:recovery_seconds:new1m"
LEAD_TIME: Final = "rollouts_router:lead_time_seconds:new1m"
DEPLOYMENTS_30D: Final = "rollouts_router:deployments:count30d"
FAILURES_30D: Final = "rollouts_router:failures:count30d"
EARLY_30D: Final = "rollouts_router:early_aborts:count30d"
FAILURE_RATIO_30D: Final = "rollouts_router:change_failure:ratio30d"
RECOVERY_30D: Final = "rollouts_router:recovery_seconds:avg30d"
LEAD_TIME_30D: Final = "rollouts_router:lead_time_seconds:avg30d"


def named(vector: str) -> str:
    """Series of ours call a Rollout `rollout`; the controller's, and all that is recorded, call it `name`."""
    return f'label_replace({vector}, "name", "$1", "rollout", "(.+)")'
