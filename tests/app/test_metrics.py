"""What is counted, and how it is told."""

from prometheus_client.parser import text_string_to_metric_families
from tests.kube.fakes import FakeTime

from rollouts_router.app.metrics import FORGET_SECONDS, MOST_ROLLOUTS, Metrics


def told(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a name by their labels' values in the order of their names, as Prometheus reads them."""
    families = text_string_to_metric_families(metrics.page().body.decode())
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_calls_are_counted_by_method_and_code_and_timed_by_method() -> None:
    metrics = Metrics(lambda: 0.0)

    metrics.call_ended("/s/a", "OK", 0.25)
    metrics.call_ended("/s/a", "OK", 0.5)
    metrics.call_ended("/s/a", "NOT_FOUND", 0.0)

    assert told(metrics, "rollouts_router_calls_total") == {("OK", "/s/a"): 2, ("NOT_FOUND", "/s/a"): 1}
    assert told(metrics, "rollouts_router_call_seconds_sum") == {("/s/a",): 0.75}
    assert told(metrics, "rollouts_router_call_seconds_count") == {("/s/a",): 3}


def test_patches_are_counted_by_resource_and_result() -> None:
    metrics = Metrics(lambda: 0.0)

    for result in ("applied", "applied", "conflict"):
        metrics.patched("httproutes", result)

    assert told(metrics, "rollouts_router_patches_total") == {
        ("httproutes", "applied"): 2,
        ("httproutes", "conflict"): 1,
    }


def test_the_weights_of_a_rollout_are_those_set_last() -> None:
    metrics = Metrics(lambda: 0.0)

    metrics.weights_set("shop", "web", 5, 95)
    metrics.weights_set("shop", "web", 20, 80)

    assert told(metrics, "rollouts_router_weight") == {
        ("canary", "shop", "web"): 20,
        ("stable", "shop", "web"): 80,
    }


def test_a_rollout_of_which_nothing_was_heard_for_long_is_told_no_more() -> None:
    time = FakeTime()
    metrics = Metrics(time.clock)
    metrics.weights_set("shop", "old", 1, 99)
    metrics.weights_set("shop", "kept", 1, 99)
    time.now = 1.0
    metrics.weights_set("shop", "kept", 2, 98)

    time.now = FORGET_SECONDS

    assert {name for _, _, name in told(metrics, "rollouts_router_weight")} == {"kept"}


def test_however_many_rollouts_there_are_the_page_has_a_limit() -> None:
    metrics = Metrics(lambda: 0.0)

    for number in range(MOST_ROLLOUTS + 1):
        metrics.weights_set("shop", f"r{number}", 1, 99)

    names = {name for _, _, name in told(metrics, "rollouts_router_weight")}
    assert len(names) == MOST_ROLLOUTS
    assert "r0" not in names


def test_memory_and_descriptors_of_the_process_are_there() -> None:
    assert told(Metrics(lambda: 0.0), "process_resident_memory_bytes")[()] > 0
