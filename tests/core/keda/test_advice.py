"""Advice is given where a canary and an autoscaler are known to get in each other's way, and nowhere else."""

from dataclasses import replace
from typing import Any

from tests.fakes.keda import web
from tests.fakes.scaled import so

from rollouts_router.core.keda.advice import advice
from rollouts_router.core.keda.scaled import ScaledObject

CALM = web(shrinks_stable=True)


def scaling(*triggers: dict[str, Any], at_least: int = 1) -> ScaledObject:
    """One with these triggers."""
    return so({"minReplicaCount": at_least, "triggers": list(triggers)})


def test_nothing_is_said_of_a_pair_that_gets_along() -> None:
    assert advice(CALM, scaling({"type": "prometheus"}, at_least=0)) == ()


def test_metrics_of_each_pod_may_run_up_without_dynamic_stable_scale() -> None:
    for trigger in ({"type": "memory"}, {"type": "cpu"}, {"type": "kafka", "metricType": "Value"}):
        (sentence,) = advice(web(), scaling(trigger))
        assert "may run up" in sentence
        assert advice(CALM, scaling(trigger)) == ()


def test_averages_may_waver_without_dynamic_stable_scale() -> None:
    (sentence,) = advice(web(), scaling({"type": "kafka"}))

    assert "may go up and down" in sentence
    assert advice(CALM, scaling({"type": "kafka"})) == ()


def test_the_http_add_on_counts_only_what_goes_through_its_proxy() -> None:
    pushed = {
        "type": "external-push",
        "metadata": {"scalerAddress": "keda-add-ons-http-external-scaler.keda:9090"},
    }
    for scaled in (scaling(pushed), replace(scaling(), owners=frozenset({"HTTPScaledObject"}))):
        (sentence,) = advice(CALM, scaled)
        assert "HTTP add-on" in sentence


def test_values_from_the_environment_cannot_be_read_behind_a_workload_reference() -> None:
    trigger = {"type": "rabbitmq", "metadata": {"hostFromEnv": "HOST"}}

    (sentence,) = advice(web(shrinks_stable=True, workload="old"), scaling(trigger))
    assert "...FromEnv" in sentence
    assert advice(CALM, scaling(trigger)) == ()


def test_steps_without_a_weight_cannot_wait_for_a_workload_at_zero() -> None:
    pauses = replace(CALM, weight_steps=(False, False))

    (sentence,) = advice(pauses, scaling(at_least=0))
    assert "setWeight" in sentence
    assert advice(pauses, scaling(at_least=1)) == ()
    assert advice(replace(CALM, weight_steps=()), scaling(at_least=0)) == ()
