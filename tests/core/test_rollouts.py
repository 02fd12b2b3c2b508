"""A Rollout of the API is read as far as it is needed, and any object is read."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.keda import rollout_json

from rollouts_router.core.model import Rollout
from rollouts_router.core.rollouts import rollout_of, weight_of


def test_who_it_is_in_which_revisions_and_its_block_are_read() -> None:
    item = rollout_json({"httpRoute": "r", "keda": {}}, weight=20, is_aborted=True, replicas=0)
    item["spec"]["strategy"]["canary"]["trafficRouting"]["maxTrafficWeight"] = 1000

    assert rollout_of(item) == Rollout(
        namespace="shop",
        name="web",
        uid="r1",
        stable_hash="v1",
        current_hash="v2",
        is_aborted=True,
        skips_steps=True,
        max_traffic_weight=1000,
        replicas=0,
        plugin_config=json.dumps({"httpRoute": "r", "keda": {}}, separators=(",", ":")).encode(),
    )
    assert weight_of(item) == 20


def test_a_full_promotion_skips_steps_and_what_is_not_set_is_one_replica() -> None:
    item = {"metadata": {"namespace": "shop", "name": "web"}, "status": {"promoteFull": True}}

    assert rollout_of(item) == Rollout(namespace="shop", name="web", skips_steps=True, replicas=1)
    assert weight_of(item) == 0


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), st.none() | st.text() | st.dictionaries(st.sampled_from(["strategy", "canary", "abort", "replicas", "name"]), st.none() | st.text() | st.booleans())))  # fmt: skip
def test_any_object_is_read(item: dict[str, Any]) -> None:
    assert isinstance(rollout_of(item), Rollout)
    assert weight_of(item) == 0
