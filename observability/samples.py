"""Moments of a Rollout, as the stock controller leaves them: for golden files, tests and pictures. The numbers are made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from observability.objects import HASH, arg, measured, metric, result, rollout, run, secret_arg


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment of a Rollout: itself, its runs, and which occasions the golden files have of it."""

    rollout: Mapping[str, Any]
    runs: Sequence[Mapping[str, Any]]
    events: tuple[str, ...]


_ERRORS: Final = 'sum(rate(http_requests_total{app="web",code=~"5.."}[2m]))\n  / sum(rate(http_requests_total{app="web"}[2m]))'
_FAILED: Final = ("analysis-failed", "aborted")


def _failed() -> Sample:
    spec = metric(
        "error-rate", _ERRORS, successCondition="result[0] <= {{args.max-error-rate}}", failureLimit=1
    )
    bad = result(
        "error-rate",
        "Failed",
        measured("[0.002]", "Successful"),
        measured("[0.021]", "Failed"),
        measured("[0.034]", "Failed"),
        metadata={"ResolvedPrometheusQuery": _ERRORS},
    )
    message = 'Metric "error-rate" assessed Failed due to failed (2) > failureLimit (1)'
    return Sample(
        rollout=rollout(),
        runs=(run("Failed", [spec], [bad], args=[arg("max-error-rate", "0.01")], message=message),),
        events=_FAILED,
    )


def _several() -> Sample:
    specs = [
        metric(
            "errors",
            'q{a="1"}',
            failureCondition="result[0] > {{ args.most }}",
            successCondition="result[0] <= 0.01",
        ),
        metric("apdex", "q2", successCondition="result[0] >= 0.9 && result[1] > {{args.n}}"),
        metric("passed", "q3", successCondition="true"),
        metric("rehearsal", "q4", successCondition="false"),
        metric("latency", "q5", successCondition="isNaN(result[0]) == false", failureLimit="{{args.most}}"),
    ]
    results = [
        result("errors", "Failed", measured("[0.2]", "Failed")),
        result("apdex", "Failed", measured("[0.7,31]", "Failed")),
        result("passed", "Successful", measured("[1]", "Successful")),
        result("rehearsal", "Failed", measured("[9]", "Failed"), dryRun=True),
        result("latency", "Failed", measured("[NaN]", "Failed")),
    ]
    return Sample(
        rollout=rollout(),
        runs=(run("Failed", specs, results, args=[arg("most", "0.05"), arg("n", "30")]),),
        events=_FAILED,
    )


def _quotes() -> Sample:
    query = "SELECT count(*) AS n FROM Transaction WHERE host LIKE '%<\"&`\\\\%'"
    spec = {
        "name": 'kpi "orders"',
        "provider": {"newRelic": {"query": query}},
        "successCondition": 'result.n != nil && result.name == "a<b&c" && result.n > 5',
    }
    value = '{"error.message":"can\'t \\"parse\\" <xml> & more","n":3,"share":"100 %"}'
    found = result(
        'kpi "orders"',
        "Failed",
        measured(value, "Failed", 'a "quoted"\n\tmessage'),
        metadata={"ResolvedNewRelicQuery": query},
    )
    return Sample(rollout=rollout(), runs=(run("Failed", [spec], [found]),), events=_FAILED)


def _secrets() -> Sample:
    spec = metric(
        "errors",
        'q{token="{{args.token}}",app="{{args.app}}"}',
        successCondition='result[0] < 1 && "{{args.token}}" != ""',
    )
    found = result(
        "errors",
        "Failed",
        measured("[2]", "Failed"),
        metadata={"ResolvedPrometheusQuery": 'q{token="hunter2",app="web"}'},
    )
    leaked = {**secret_arg("other"), "value": "hunter2"}
    args = [secret_arg("token"), arg("app", "web"), leaked]
    return Sample(rollout=rollout(), runs=(run("Failed", [spec], [found], args=args),), events=_FAILED)


def _error() -> Sample:
    spec = metric("errors", "q", successCondition="result[0] <= 0.01")
    refused = measured("", "Error", 'Post "http://prometheus/api/v1/query": dial tcp: connection refused')
    found = result("errors", "Error", *[refused] * 5, consecutiveError=5)
    return Sample(
        rollout=rollout(),
        runs=(run("Error", [spec], [found], message="consecutiveErrors (5) > consecutiveErrorLimit (4)"),),
        events=("analysis-error", "aborted"),
    )


def _invalid() -> Sample:
    message = "Analysis spec invalid: metrics[0]: interval must be specified when count > 1"
    spec = metric("errors", "q", count=3)
    return Sample(
        rollout=rollout(),
        runs=(run("Error", [spec], [], message=message),),
        events=("analysis-error", "aborted"),
    )


def _inconclusive() -> Sample:
    spec = metric(
        "apdex",
        "q",
        successCondition="result[1] >= {{args.n}} && result[0] >= 0.9",
        failureCondition="result[1] >= {{args.n}} && result[0] < 0.9",
        inconclusiveLimit=2,
    )
    found = result("apdex", "Inconclusive", *[measured("[0.91,12]", "Inconclusive")] * 3)
    return Sample(
        rollout=rollout(),
        runs=(run("Inconclusive", [spec], [found], args=[arg("n", "100")]),),
        events=("analysis-inconclusive", "paused"),
    )


def _window() -> Sample:
    """A time-window gate that never saw its window: the success limit was not reached."""
    spec = metric(
        "window", "vector(1)", successCondition="now().Hour() in 9..16", failureCondition="false", count=3
    )
    spec |= {"consecutiveSuccessLimit": 1, "inconclusiveLimit": 3}
    found = result("window", "Inconclusive", *[measured("[1]", "Inconclusive")] * 3)
    return Sample(
        rollout=rollout(),
        runs=(run("Inconclusive", [spec], [found]),),
        events=("analysis-inconclusive", "paused"),
    )


def _background() -> Sample:
    spec = metric("errors", "q", successCondition="result[0] <= 0.01")
    found = result("errors", "Failed", measured("[0.5]", "Failed"))
    background = run("Failed", [spec], [found], labels={"rollout-type": "Background"}, name=f"web-{HASH}-3")
    return Sample(rollout=rollout(index=6), runs=(background,), events=_FAILED)


def _promotion() -> Sample:
    spec = metric("smoke", "q", successCondition="result[0] == 1")
    found = result("smoke", "Failed", measured("[]", "Failed"))
    before = run("Failed", [spec], [found], labels={"rollout-type": "PrePromotion"}, name=f"web-{HASH}-3-pre")
    blue_green = rollout(steps=[])
    blue_green["spec"]["strategy"] = {"blueGreen": {"activeService": "web", "previewService": "web-preview"}}
    del blue_green["status"]["currentStepIndex"]
    return Sample(rollout=blue_green, runs=(before,), events=_FAILED)


def _long() -> Sample:
    """Everything at its longest, and of characters that are five times as long in Slack."""
    odd = "&é" * 400
    specs = [metric(f"{number}{odd}", odd, successCondition=odd, failureLimit=odd) for number in range(9)]
    results = [
        result(
            f"{number}{odd}",
            "Failed",
            measured(odd, "Failed", odd),
            metadata={"ResolvedPrometheusQuery": odd},
        )
        for number in range(9)
    ]
    runs = tuple(
        run(
            "Failed",
            specs,
            results,
            name=f"web-{HASH}-3-4.{number}",
            created=f"2026-03-02T10:1{number}:00Z",
            message=odd,
        )
        for number in range(4)
    )
    return Sample(rollout=rollout(), runs=runs, events=_FAILED)


def _job() -> Sample:
    spec = {"name": "smoke", "provider": {"job": {"spec": {"template": {"spec": {"containers": []}}}}}}
    found = result("smoke", "Failed", measured("", "Failed", "Job has reached the specified backoff limit"))
    return Sample(rollout=rollout(), runs=(run("Failed", [spec], [found]),), events=_FAILED)


def _others() -> Sample:
    """Runs of another revision and of another hash are nobody's business; one that passed has nothing to tell."""
    spec, found = (
        metric("errors", "q", successCondition="false"),
        result("errors", "Failed", measured("[1]", "Failed")),
    )
    older = run("Failed", [spec], [found], name="older")
    older["metadata"]["annotations"]["rollout.argoproj.io/revision"] = "2"
    other = run("Failed", [spec], [found], name="other")
    other["metadata"]["labels"]["rollouts-pod-template-hash"] = "abc"
    passed = run(
        "Successful", [spec], [result("errors", "Successful", measured("[0]", "Successful"))], name="passed"
    )
    return Sample(rollout=rollout(), runs=(older, other, passed), events=("aborted", "completed"))


SAMPLES: Final[Mapping[str, Sample]] = {
    "failed": _failed(),
    "several-metrics": _several(),
    "quotes": _quotes(),
    "secrets": _secrets(),
    "error": _error(),
    "invalid": _invalid(),
    "inconclusive": _inconclusive(),
    "window": _window(),
    "background": _background(),
    "promotion": _promotion(),
    "longest": _long(),
    "job": _job(),
    "others": _others(),
    "no-runs": Sample(rollout=rollout(index=0, abort=True), runs=(), events=("aborted", "completed")),
    "pause-for-ever": Sample(rollout=rollout(index=5), runs=(), events=("paused",)),
    "pause-seconds": Sample(rollout=rollout(index=7), runs=(), events=("paused",)),
    "pause-words": Sample(rollout=rollout(index=1), runs=(), events=("paused",)),
}
