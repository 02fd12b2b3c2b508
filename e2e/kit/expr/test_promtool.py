"""Each query of a gate by promtool: on series that rise, stay, drain, are absent, or are of too few requests."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import yaml
from tests.gates.gated import BUSINESS, HASHES, filled, gates, worker

from e2e.kit.expr.promtool import Case, failures, said

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gates.gated import Gates

SAMPLES: Final = 600  # of each series: two and a half hours
LATE: Final = "2h"  # when is asked
C, S = (f'namespace="team",rollouts_pod_template_hash="{version}"' for version in HASHES.values())
REQUESTS, BUCKETS = "http_requests_total", "http_request_duration_seconds_bucket"


def grows(by: float) -> str:
    """A counter that grows by so much each 15 seconds."""
    return f"0+{by:g}x{SAMPLES}"


def requests(labels: str, good: float, own: float = 0, dependency: float = 0) -> dict[str, str]:
    """The counter of requests by code and origin; so many in 15 seconds."""
    rates = {
        'code="200"': good,
        'code="500",error_origin="own"': own,
        'code="503",error_origin="dependency"': dependency,
    }
    return {f"{REQUESTS}{{{labels},{of}}}": grows(rate) for of, rate in rates.items() if rate}


def times(labels: str, within: dict[str, float]) -> dict[str, str]:
    """Buckets; so many requests in 15 seconds up to each bound."""
    return {f'{BUCKETS}{{{labels},le="{bound}"}}': grows(rate) for bound, rate in within.items()}


FAST: Final = {"0.05": 0.0, "0.1": 100.0, "0.25": 100.0, "1": 100.0, "+Inf": 100.0}
SLOW: Final = {"0.05": 0.0, "0.1": 0.0, "0.25": 20.0, "1": 100.0, "+Inf": 100.0}
BOTH: Final = {**requests(C, 100), **requests(S, 400)}
QUIET: Final = {**requests(C, 2), **requests(S, 400)}
ORDERS: Final = f"orders_total{{{S}}}"

# Gate, situation, series, answer; None is no answer, which is Inconclusive. Limits are those of the second level.
TABLE: Final = [
    ("traffic", "requests", BOTH, 1000.0),
    ("traffic", "no series", {}, None),
    ("errors", "no error at all", BOTH, 0.0),
    ("errors", "own errors", {**BOTH, **requests(C, 80, own=20)}, 0.2),
    ("errors", "a dependency's errors are not own", {**BOTH, **requests(C, 80, dependency=20)}, 0.0),
    ("errors", "stable has as many", {**requests(C, 80, own=20), **requests(S, 320, own=80)}, None),
    ("errors", "stable has some, the canary far more", {**requests(C, 50, own=50), **requests(S, 360, own=40)}, 0.5),
    ("errors", "too few requests", {**QUIET, **requests(C, 1, own=1)}, None),
    ("errors", "nothing of the canary", requests(S, 400), None),
    ("errors", "nothing of stable", requests(C, 80, own=20), 0.2),
    ("errors", "no series", {}, None),
    ("dependencies", "own errors are not a dependency's", {**BOTH, **requests(C, 80, own=20)}, 0.0),
    ("dependencies", "on the canary alone", {**BOTH, **requests(C, 80, dependency=20)}, 0.2),
    ("dependencies", "on both", {**requests(C, 80, dependency=20), **requests(S, 320, dependency=80)}, None),
    ("success", "whoever's fault", {**BOTH, **requests(C, 80, own=10, dependency=10)}, 0.8),
    ("success", "stable as bad", {**requests(C, 80, dependency=20), **requests(S, 320, own=80)}, None),
    ("success", "all is well", BOTH, 1.0),
    ("latency", "within the objective", {**BOTH, **times(C, FAST)}, 97.5),
    ("latency", "slow, and stable is not", {**BOTH, **times(C, SLOW), **times(S, FAST)}, 953.125),
    ("latency", "slow as stable", {**BOTH, **times(C, SLOW), **times(S, SLOW)}, None),
    ("latency", "no buckets", BOTH, None),
    ("latency-relative", "as fast as stable", {**BOTH, **times(C, FAST), **times(S, FAST)}, 1.0),
    ("latency-relative", "slower", {**BOTH, **times(C, SLOW), **times(S, FAST)}, 9.776),
    ("latency-relative", "no stable", {**requests(C, 100), **times(C, SLOW)}, None),
    ("apdex", "satisfied", {**BOTH, **times(C, FAST)}, 1.0),
    ("apdex", "tolerating", {**BOTH, **times(C, SLOW), **times(S, FAST)}, 0.6),
    ("apdex", "as stable", {**BOTH, **times(C, SLOW), **times(S, SLOW)}, None),
    ("apdex-relative", "below stable", {**BOTH, **times(C, SLOW), **times(S, FAST)}, 0.4),
    ("apdex-relative", "above the floor", {**BOTH, **times(C, FAST), **times(S, FAST)}, 0.0),
    ("business", "as many for each request", {**BOTH, f"orders_total{{{C}}}": grows(10), ORDERS: grows(40)}, 1.0),
    ("business", "half of them", {**BOTH, f"orders_total{{{C}}}": grows(5), ORDERS: grows(40)}, 0.5),
    ("business", "none any more", {**BOTH, ORDERS: grows(40)}, 0.0),
    ("business", "too few to tell", {**BOTH, f"orders_total{{{C}}}": grows(0.1), ORDERS: grows(0.4)}, None),
    ("business", "nobody counts", BOTH, None),
    ("load", "both versions", BOTH, 33.333),
    ("load", "stable alone", requests(S, 400), 26.667),
    ("load", "no series", {}, None),
]  # fmt: skip


def query(found: Gates, gate: str, weight: int = 25) -> str:
    return filled(found.metrics[gate]["provider"]["prometheus"]["query"], found.args(weight)).strip()


def test_each_query_answers_one_number_or_nothing(tmp_path: Path) -> None:
    found = gates(gates={"business": BUSINESS}, pace={"load": {"ceiling": 100}})
    cases = [
        Case(name=f"{gate}: {name}", series=series, query=query(found, gate), at=LATE, answer=answer)
        for gate, name, series, answer in TABLE
    ]
    assert failures(tmp_path, cases) == ""
    assert {gate for gate, *_ in TABLE} == set(found.metrics)


ISTIO: Final = 'istio_requests_total{{reporter="destination",destination_service_namespace="team",destination_service_name="shop-{}",{}}}'


@pytest.mark.parametrize(
    ("labels", "errors", "dependencies"),
    [
        ('response_code="500",response_flags="-"', 0.2, 0.0),
        ('response_code="503",response_flags="UC"', 0.2, 0.0),
        ('response_code="504",response_flags="UT"', 0.2, 0.0),
        ('response_code="503",response_flags="-"', 0.0, 0.2),
        ('response_code="404",response_flags="-"', 0.0, 0.0),
    ],
)
def test_istio_tells_own_errors_by_flags(
    tmp_path: Path, labels: str, errors: float, dependencies: float
) -> None:
    found = gates(gates={"prometheus": {"dataPlane": "istio"}})
    series = {
        ISTIO.format("canary", 'response_code="200",response_flags="-"'): grows(80),
        ISTIO.format("canary", labels): grows(20),
        ISTIO.format("stable", 'response_code="200",response_flags="-"'): grows(400),
    }
    answers = {"errors": errors, "dependencies": dependencies}
    cases = [
        Case(name=gate, series=series, query=query(found, gate), at=LATE, answer=answer)
        for gate, answer in answers.items()
    ]
    assert failures(tmp_path, cases) == ""


# As a running Traefik 3.7.15 wrote it.
TRAEFIK: Final = (
    'traefik_service_requests_total{{code="{code}",method="GET",protocol="http",service="httproute-team-shop-gw-'
    'edge-gateway-ep-http-0-336f4a41529b81372aab-svc-team-shop-{role}@kubernetesgateway"}}'
)


def test_traefik_tells_services_by_their_place_in_a_rule(tmp_path: Path) -> None:
    found = gates(gates={"prometheus": {"dataPlane": "traefik"}})
    rates = {("200", "canary-1"): 80, ("502", "canary-1"): 20, ("200", "stable-0"): 400}
    series = {TRAEFIK.format(code=code, role=role): grows(rate) for (code, role), rate in rates.items()}
    answers = {"traffic": 1000.0, "errors": 0.2, "success": 0.8}
    cases = [
        Case(name=gate, series=series, query=query(found, gate), at=LATE, answer=answer)
        for gate, answer in answers.items()
    ]
    assert failures(tmp_path, cases) == ""


LAG: Final = 'kafka_consumergroup_lag{consumergroup="orders",topic="orders",partition="0"}'
AGE: Final = 'aws_sqs_approximate_age_of_oldest_message_maximum{queue_name="orders"}'
# The release began at 1:40, the baseline is the hour before 1:30, and is asked at 2:00. Values go by 15 seconds.
CALM: Final = "200x400"  # up to 1:40
LAGS: Final = [
    ("stays as it was", f"{CALM} 200x200", 1.0),
    ("rises, but is near", f"{CALM} 220+1x100", 1.495),
    ("jumps and stays", f"{CALM} 2000x200", 10.0),
    ("rises on and on", f"{CALM} 2000+100x200", 49.5),
    ("jumps and drains", f"{CALM} 20000-150x200", None),
    ("has drained", f"{CALM} 4000-50x75 250x200", 1.25),
    ("is gone", CALM, None),
    ("was never there before", "_x420 200x200", None),
]


@pytest.mark.parametrize("queue", ["kafka", "sqs"])
def test_a_lag_is_told_by_its_baseline_unless_it_drains(tmp_path: Path, queue: str) -> None:
    values = {
        "queue": queue,
        "kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "orders", "topic": "orders"},
        "sqs": {"queueURL": "https://sqs.eu-west-1.amazonaws.com/1/orders", "region": "eu-west-1"},
    }
    found = worker(worker=values, gates={"worker": {"baselineEnded": "30m"}})
    cases = [
        Case(
            name=name,
            series={LAG if queue == "kafka" else AGE: lag},
            query=query(found, "lag"),
            at=LATE,
            answer=answer,
        )
        for name, lag, answer in LAGS
    ]
    assert failures(tmp_path, cases) == ""


def test_the_alert_fires_while_a_lag_does_not_drain_and_not_while_it_does(tmp_path: Path) -> None:
    found = worker(gates={"worker": {"baselineEnded": "30m", "alert": True}})
    spec = found.rendered.one("PrometheusRule")["spec"]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(spec))
    fired = {
        "exp_labels": {"severity": "warning", "service": "shop"},
        "exp_annotations": {"summary": "The lag of shop is 10 times what it was, and does not drain"},
    }
    tests = [
        {
            "interval": "15s",
            "input_series": [{"series": LAG, "values": values}],
            "alert_rule_test": [
                {"eval_time": LATE, "alertname": "QueueLagDoesNotDrain", "exp_alerts": alerts}
            ],
        }
        for values, alerts in (
            (f"{CALM} 2000x200", [fired]),
            (f"{CALM} 20000-150x200", []),
            (f"{CALM} 200x200", []),
        )
    ]
    assert said(tmp_path, {"rule_files": ["rules.yml"], "tests": tests}) == ""


def test_without_series_there_is_no_lag(tmp_path: Path) -> None:
    case = Case(name="no series", series={}, query=query(worker(), "lag"), at=LATE, answer=None)
    assert failures(tmp_path, [case]) == ""


def test_a_wrong_expectation_is_found(tmp_path: Path) -> None:
    """So an empty answer of `failures` says something."""
    found = gates()
    case = Case(name="wrong", series=BOTH, query=query(found, "traffic"), at=LATE, answer=1.0)
    assert "wrong" in failures(tmp_path, [case]) or "traffic" in failures(tmp_path, [case])
