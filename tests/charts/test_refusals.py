"""What the chart refuses, and with which words: shapes by its schema, unsafe combinations by sentences."""

from __future__ import annotations

import copy
from typing import Final

import pytest
from tests.charts.examples import values
from tests.charts.rendering import Object, RefusedError, render, sentences

CANARY: Final = values("canary")
AUDIENCE: Final[Object] = {"name": "staff", "headers": [{"name": "x-staff", "exact": "yes"}]}
TEMPLATES: Final[list[Object]] = [{"templateName": "errors"}]
CPU_TRIGGER: Final[Object] = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}
KAFKA: Final[Object] = {"bootstrapServers": "kafka:9092", "consumerGroup": "mailer", "topic": "orders"}
WORKER: Final[Object] = {"image": "shop:1", "profile": "worker"}


def refusal(given: Object, under: Object = CANARY) -> str:
    """What the chart says to values laid over those of an example; a None takes one out."""
    whole = {name: value for name, value in {**under, **given}.items() if value is not None}
    with pytest.raises(RefusedError) as refused:
        render(copy.deepcopy(whole))
    return str(refused.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"image": None}, "image is missing"),
        ({"image": "shop"}, "neither tag nor digest"),
        ({"image": "registry.example.com:5000/shop"}, "neither tag nor digest"),
        ({"image": "shop:latest"}, "nothing to roll back to"),
        ({"port": None}, "port is missing"),
        ({"host": None}, "there is no way in"),
        ({"nameOverride": "a" * 46}, "too long"),
        ({"podLabels": {"role": "canary"}}, "podLabels has role"),
        ({"probes": {"type": "none"}}, "when a pod is ready"),
        ({"host": None, "routes": [{"kind": "http"}]}, "the http route has no hostnames"),
        ({"routes": [{"kind": "tcp", "hostnames": ["a.b"]}]}, "a tcp route has no hostnames"),
        ({"routes": [{"kind": "grpc", "timeouts": {"request": "1s"}}]}, "a grpc route has no timeouts"),
        ({"routes": [{"kind": "http"}, {"kind": "http"}]}, "two routes of one kind"),
        ({"worker": {"queue": "kafka"}}, "set profile worker"),
        ({"autoscaling": {"min": 0}}, "gives a release no traffic"),
        ({"pace": {"weights": [10, 10, 100]}}, "goes from 10 to 10"),
        ({"pace": {"weights": [10, 50]}}, "ends at 50"),
        ({"steps": [{"setWeight": 5}], "audiences": [AUDIENCE]}, "steps replaces every step"),
        ({"steps": [{"setCanaryScale": {"matchTrafficWeight": True}}]}, "takes the canary's pods away"),
        ({"steps": [{"setHeaderRoute": {"name": "x"}}]}, "steps[0] is setHeaderRoute before"),
        ({"steps": [{"setMirrorRoute": {"name": "x"}}]}, "steps[0] is setMirrorRoute before"),
        ({"steps": [{"setWeight": 5}, {"analysis": {}}]}, "steps[1].analysis names no templates"),
        ({"audiences": [AUDIENCE], "routes": [{"kind": "tcp"}]}, "audiences are told by headers"),
        ({"audiences": [AUDIENCE], "dynamicStableScale": True}, "audiences scale the canary by hand"),
        ({"audiences": [{**AUDIENCE, "hold": "1m", "approve": True}]}, "has approve and hold"),
        ({"audiences": [AUDIENCE, AUDIENCE]}, "two audiences have the same name"),
        ({"blueGreen": {"previewHost": "p.example.com"}}, "blueGreen.previewHost is for profile blue-green"),
        ({"autoscaling": {"max": 1}}, "less than the minimum of 2"),
        ({"criticality": "critical", "autoscaling": {"max": 2}}, "less than the minimum of 3"),
        ({"resources": {"requests": {"cpu": None}}}, "needs resources.requests.cpu"),
        ({"autoscaling": {"type": "keda"}}, "needs autoscaling.triggers"),
        ({"autoscaling": {"triggers": [CPU_TRIGGER]}}, "autoscaling.triggers is set with type hpa"),
        ({"autoscaling": {"type": "keda", "triggers": [CPU_TRIGGER]}}, "the cpu trigger measures each pod"),
    ],
)  # fmt: skip
def test_an_unsafe_combination_of_a_canary_is_refused_with_one_sentence(given: Object, sentence: str) -> None:
    said = sentences(refusal(given))
    assert len(said) == 1, said
    assert sentence in said[0]


@pytest.mark.parametrize(
    "given",
    [
        {"steps": [{"setWeight": 20}]},
        {"audiences": [AUDIENCE]},
        {"pace": {"weights": [10, 100]}},
        {"pace": {"hold": "1m"}},
        {"dynamicStableScale": True},
        {"plugin": {"config": {"httpRoute": "shop"}}},
    ],
)
def test_blue_green_refuses_all_that_is_about_weights(given: Object) -> None:
    said = sentences(refusal({"profile": "blue-green", **given}))
    assert len(said) == 1, said
    assert "profile blue-green" in said[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"image": None}, "image is missing"),
        ({"host": "shop.example.com"}, "host is set with profile worker"),
        ({"routes": [{"kind": "tcp"}]}, "routes is set with profile worker"),
        ({"audiences": [AUDIENCE]}, "audiences is set with profile worker"),
        ({"dynamicStableScale": True}, "dynamicStableScale is set with profile worker"),
        ({"steps": [{"setCanaryScale": {"replicas": 1}}]}, "needs traffic routing"),
        ({"worker": {"kind": "deployment"}, "steps": [{"setWeight": 50}]}, "which has no steps"),
        ({"worker": {"queue": "kafka"}}, "worker.queue is kafka"),
        ({"worker": {"queue": "sqs"}}, "worker.queue is sqs"),
        ({"autoscaling": {"min": 0}}, "promoted without having run"),
        ({"pace": {"weights": [50, 40, 100]}}, "goes from 50 to 40"),
    ],
)
def test_an_unsafe_combination_of_a_worker_is_refused_with_one_sentence(given: Object, sentence: str) -> None:
    said = sentences(refusal(given, WORKER))
    assert len(said) == 1, said
    assert sentence in said[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(sentences(refusal({"image": None, "port": None, "host": None}))) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"imag": "shop:1"}, "additional properties 'imag' not allowed"),
        ({"pace": {"wieghts": [5]}}, "at '/pace': additional properties 'wieghts' not allowed"),
        ({"pace": {"weights": [101]}}, "at '/pace/weights/0'"),
        ({"pace": {"hold": "10 minutes"}}, "at '/pace/hold'"),
        ({"profile": "bluegreen"}, "at '/profile'"),
        ({"port": "8080"}, "at '/port'"),
        ({"host": "https://shop.example.com"}, "at '/host'"),
        ({"routes": [{"hostname": "a.b", "kind": "http"}]}, "additional properties 'hostname' not allowed"),
        ({"routes": [{"kind": "http", "filters": [{"type": "RequestRedirect"}]}]}, "at '/routes/0/filters/0/type'"),
        ({"audiences": [{"name": "staff"}]}, "missing property 'headers'"),
        ({"steps": [{"setweight": 5}]}, "additional properties 'setweight' not allowed"),
        ({"steps": [{"setWeight": 5, "pause": {}}]}, "at '/steps/0'"),
        ({"autoscaling": {"type": "HPA"}}, "at '/autoscaling/type'"),
        ({"podSecurity": {"addCapabilities": ["SYS_ADMIN"]}}, "at '/podSecurity/addCapabilities/0'"),
        ({"progressive": {"image": "shop:1"}}, "at '/progressive': additional properties 'image' not allowed"),
    ],
)  # fmt: skip
def test_a_misspelt_or_misshapen_value_is_refused_with_its_place(given: Object, words: str) -> None:
    assert words in refusal(given)


def test_what_the_sentences_advise_is_taken() -> None:
    """Each of these is one step away from a refusal above."""
    render({**CANARY, "dynamicStableScale": True, "autoscaling": {"type": "keda", "triggers": [CPU_TRIGGER]}})
    render({**CANARY, "steps": [{"setCanaryScale": {"weight": 5}}, {"setHeaderRoute": {"name": "x"}}]})
    render({**CANARY, "steps": [{"setWeight": 5}, {"setCanaryScale": {"matchTrafficWeight": True}}]})
    render({**CANARY, "steps": [{"setWeight": 5}, {"analysis": {"templates": TEMPLATES}}]})
    render({**WORKER, "worker": {"kind": "deployment"}, "autoscaling": {"type": "none"}})
    render({**WORKER, "worker": {"queue": "kafka", "kafka": KAFKA}, "autoscaling": {"type": "keda"}})
