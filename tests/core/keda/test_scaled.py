"""A ScaledObject is read without trust: what is missing has KEDA's default, what has another type is missing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.keda import web
from tests.fakes.scaled import so

from rollouts_router.core.keda.scaled import ScaledObject, Trigger, is_true, scaled_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "metadata",
                    "spec",
                    "status",
                    "triggers",
                    "annotations",
                    "conditions",
                    "type",
                    "scaleTargetRef",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), JSON))
def test_any_object_is_read(item: dict[str, Any]) -> None:
    assert isinstance(scaled_object(item), ScaledObject)


def test_a_bare_object_has_the_defaults_of_keda() -> None:
    bare = scaled_object({"metadata": {"namespace": "shop", "name": "so"}})

    assert (bare.kind, bare.group, bare.min_replicas, bare.polling_seconds) == ("Deployment", "apps", 0, 30)
    assert (bare.is_active, bare.is_paused, bare.is_leaving, bare.triggers) == (None, False, False, ())


def test_all_that_counts_is_read() -> None:
    found = scaled_object(
        {
            "metadata": {
                "namespace": "shop",
                "name": "so",
                "resourceVersion": "8",
                "labels": {"a": "b", "n": 1},
                "deletionTimestamp": "2026-01-01T00:00:00Z",
                "ownerReferences": [{"kind": "HTTPScaledObject"}],
            },
            "spec": {
                "scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"},
                "minReplicaCount": 2,
                "pollingInterval": 5,
                "triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": {"value": "50"}}],
            },
            "status": {
                "hpaName": "keda-hpa-so",
                "conditions": [{"type": "Ready", "status": "True"}, {"type": "Active", "status": "False"}],
            },
        }
    )

    assert found == replace(
        so(),
        resource_version="8",
        labels={"a": "b"},
        is_leaving=True,
        owners=frozenset({"HTTPScaledObject"}),
        min_replicas=2,
        polling_seconds=5,
        triggers=(Trigger(type="cpu", metric_type="Utilization", metadata={"value": "50"}),),
        hpa="keda-hpa-so",
        is_active=False,
    )


@pytest.mark.parametrize("value", ["true", "1", "yes", "", "tRUE", " false"])
def test_keda_takes_whatever_is_no_spelling_of_false_for_true(value: str) -> None:
    assert is_true(value)


@pytest.mark.parametrize("value", [None, "0", "f", "F", "false", "False", "FALSE"])
def test_only_these_are_false(value: str | None) -> None:
    assert not is_true(value)


@pytest.mark.parametrize(
    ("annotations", "is_paused"),
    [
        ({"paused": "true"}, True),
        ({"paused": "false"}, False),
        ({"paused_replicas": "0"}, True),
        ({"paused_replicas": ""}, True),
        ({"paused_scale_out": "true"}, True),
        ({"paused_scale_in": "true"}, False),
    ],
)
def test_it_is_paused_by_what_keeps_keda_from_scaling_it_up(
    annotations: dict[str, str],
    is_paused: bool,  # noqa: FBT001 - parametrized
) -> None:
    assert so(**annotations).is_paused is is_paused


def test_it_drives_the_rollout_of_its_namespace_that_it_targets() -> None:
    assert so().drives(web())
    assert not so().drives(web(name="other"))
    assert not so().drives(web(namespace="other"))
    assert not replace(so(), kind="Deployment").drives(web())
    assert not replace(so(), group="apps").drives(web())


def test_it_drives_the_workload_that_a_rollout_has_taken_over() -> None:
    beside = replace(so(), kind="Deployment", target="old")

    assert beside.drives_workload_of(web(workload="old"))
    assert not beside.drives_workload_of(web(workload="other"))
    assert not replace(beside, target="").drives_workload_of(web())
