"""What KEDA has to do with the calls of a canary: which requests there are, what is told, and that nothing fails."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.clock import run
from tests.fakes.keda import FORCE, Cluster, KedaSetup, Killed, keda_block, rollout_json, web

from rollouts_router.core.keda.config import GATE_ONLY, WHOLE, KedaConfig
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.keda_objects import REPLICA_SETS, ROLLOUTS, SCALED_OBJECTS

PLAIN = {"httpRoute": "r"}
PROMOTED = web(stable_hash="v2")
OBJECTS = "scaledobjects"


def a_failure(kind: type[ApiError], text: str = "no", status: int = 0) -> Callable[[Call], ApiError]:
    """An answer."""
    return lambda call: kind(call, text, status=status)


FORBIDDEN = a_failure(Forbidden, "patch is forbidden", 403)
AWAY = a_failure(Unavailable, "connection refused")


def setup(default: KedaConfig | None = None, **meta: Any) -> KedaSetup:
    """A process at a cluster with ScaledObject shop/so."""
    made = KedaSetup(default=default)
    made.api.scaled(**meta)
    return made


def pods(api: Cluster, available: int, wanted: int = 4, revision: str = "v2") -> None:
    """The canary's ReplicaSet."""
    metadata = {
        "labels": {"rollouts-pod-template-hash": revision},
        "ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "r1"}],
    }
    item = {
        "metadata": metadata,
        "spec": {"replicas": wanted},
        "status": {"availableReplicas": available},
    }
    api.create(REPLICA_SETS, "web-canary", item)


def requests(api: Cluster) -> list[str]:
    """Verb and resource of each request."""
    return [f"{call.verb} {call.resource.plural}" for call in api.calls]


async def verified(made: KedaSetup, rollout: Rollout, desired: int) -> Verdict:
    """The answer for a weight that the routes carry."""
    return await made.keda.verdict(rollout, desired, Verdict.VERIFIED)


class TestHolding:
    async def test_a_canary_costs_one_read_a_call_and_a_patch_at_each_end(self) -> None:
        made = setup()
        for weight in (0, 20, 20, 50, 100):
            await made.keda.settle(web(), weight)
        assert made.api.annotations()[FORCE] == "true"
        for _ in range(3):
            await made.keda.settle(PROMOTED, 0)

        keda = [name for name in requests(made.api) if OBJECTS in name]
        listed, patched = f"list {OBJECTS}", f"patch {OBJECTS}"
        assert keda == [listed, patched, listed, listed, listed, listed, listed, patched]
        assert requests(made.api).count("get horizontalpodautoscalers") == 1
        assert made.api.annotations() == {}
        assert made.reasons("info") == ["Held", "Released"]
        assert made.reasons() == []

    async def test_without_a_block_and_without_the_flag_nothing_is_asked(self) -> None:
        made = setup()
        for rollout, weight in ((web(PLAIN), 0), (web(PLAIN, replicas=0), 0), (PROMOTED, 0)):
            quiet = replace(rollout, plugin_config=web(PLAIN).plugin_config)
            await made.keda.settle(quiet, weight)
            assert await verified(made, quiet, weight) is Verdict.VERIFIED

        assert made.api.calls == []

    async def test_the_flag_gives_rollouts_without_a_block_the_whole_or_only_the_gate(self) -> None:
        whole, gate = setup(WHOLE), setup(GATE_ONLY)
        for made in (whole, gate):
            await made.keda.settle(web(PLAIN, replicas=0), 0)
            assert await verified(made, web(PLAIN, replicas=0), 0) is Verdict.NOT_VERIFIED

        assert whole.api.annotations()[FORCE] == "true"
        assert gate.api.written == []

    async def test_a_block_counts_more_than_the_flag(self) -> None:
        made = setup(WHOLE)
        await made.keda.settle(web(keda_block(activation="wait")), 0)

        assert made.api.written == []

    async def test_a_rollout_without_the_plugin_is_nobodys(self) -> None:
        made = setup(WHOLE)
        await made.keda.settle(replace(web(), plugin_config=None), 0)

        assert made.api.calls == []

    async def test_an_object_that_is_named_is_read_by_its_name_once_it_is_held(self) -> None:
        made = setup()
        made.api.scaled("beside", target="other")
        for _ in range(2):
            await made.keda.settle(web(keda_block(scaledObject="so")), 0)

        assert [name for name in requests(made.api) if OBJECTS in name] == [
            f"list {OBJECTS}",
            f"patch {OBJECTS}",
            f"get {OBJECTS}",
        ]

    async def test_a_name_that_changes_lets_go_of_the_former_object_before_the_new_one_is_held(self) -> None:
        made = setup()
        await made.keda.settle(web(), 20)
        made.api.scaled("second")
        for _ in range(2):
            await made.keda.settle(web(keda_block(scaledObject="second")), 20)

        assert made.api.record("so") is None
        assert made.api.record("second") is not None
        assert [resource.plural for resource, _ in made.api.written] == [OBJECTS] * 3

    async def test_a_block_that_goes_in_mid_canary_lets_go_with_the_next_call(self) -> None:
        made = setup()
        await made.keda.settle(web(), 20)
        await made.keda.settle(web(PLAIN), 20)
        before = len(made.api.calls)
        await made.keda.settle(web(PLAIN), 20)

        assert made.api.annotations() == {}
        assert len(made.api.calls) == before

    async def test_an_idle_rollout_is_looked_at_once_a_minute(self) -> None:
        made = setup()
        for seconds in (0, 30, 29, 2, 1):
            made.clock.now += seconds
            await made.keda.settle(PROMOTED, 0)

        assert len(made.api.calls) == 2

    async def test_two_rollouts_hold_an_object_each_and_let_go_each_for_itself(self) -> None:
        made = setup()
        made.api.scaled("other", target="other")
        for name in ("web", "other"):
            await made.keda.settle(web(name=name, uid=name), 20)
        await made.keda.settle(web(stable_hash="v2"), 0)

        assert made.api.record("so") is None
        assert made.api.record("other") is not None

    async def test_a_retry_after_an_abort_holds_again_with_what_is_there_then(self) -> None:
        made = setup()
        await made.keda.settle(web(), 50)
        await made.keda.settle(web(is_aborted=True), 50)
        assert made.api.record() is not None
        await made.keda.settle(web(is_aborted=True), 0)
        assert made.api.annotations() == {}
        made.api.annotate(force_activation="false")
        await made.keda.settle(web(), 0)

        record = made.api.record()
        assert record is not None
        assert record["prior"] == {FORCE: "false"}


class TestDoubts:
    async def test_two_objects_for_one_rollout_are_told_once_and_not_written(self) -> None:
        made = setup()
        made.api.scaled("twin")
        for _ in range(3):
            await made.keda.settle(web(), 20)

        assert made.api.written == []
        assert made.reasons() == ["Ambiguous"]

    async def test_a_block_that_goes_lets_go_also_when_there_are_two_objects_by_then(self) -> None:
        made = setup()
        await made.keda.settle(web(), 20)
        made.api.scaled("twin")
        await made.keda.settle(web(), 20)
        assert made.api.record() is not None
        await made.keda.settle(web(PLAIN), 20)

        assert made.api.record() is None

    async def test_an_object_that_vanishes_in_mid_canary_is_told_once_and_held_anew_when_it_is_back(
        self,
    ) -> None:
        made = setup()
        await made.keda.settle(web(), 20)
        made.api.delete(SCALED_OBJECTS, "so")
        for _ in range(2):
            await made.keda.settle(web(), 20)
        assert made.reasons() == ["NotManaged"]
        made.api.scaled()
        await made.keda.settle(web(), 20)

        record = made.api.record()
        assert record is not None
        assert record["prior"] == {FORCE: None}

    async def test_a_cluster_without_keda_is_asked_once_a_minute_and_nothing_is_told(self) -> None:
        made = KedaSetup(api=Cluster(served=False))
        for seconds in (0, 10, 49, 2):
            made.clock.now += seconds
            await made.keda.settle(web(), 20)

        assert len(made.api.calls) == 2
        assert made.log.lines == []

    async def test_a_rollout_that_an_hpa_scales_has_the_capacity_gate_only(self) -> None:
        made = KedaSetup()
        pods(made.api, available=1)
        rollout = web(replicas=10)
        await made.keda.settle(rollout, 20)

        assert await verified(made, rollout, 20) is Verdict.NOT_VERIFIED
        assert await verified(made, web(replicas=0), 0) is Verdict.VERIFIED
        assert (made.reasons(), made.reasons("info")) == ([], ["CapacityShort"])

    async def test_an_old_release_is_told_once_and_nothing_is_written(self) -> None:
        made = setup()
        made.api.keda("2.16.1")
        for _ in range(2):
            await made.keda.settle(web(replicas=0), 0)

        assert made.api.written == []
        assert made.reasons() == ["KedaTooOld"]
        assert await verified(made, web(replicas=0), 0) is Verdict.NOT_VERIFIED

    @pytest.mark.parametrize("version", ["2.18.1", "main"])
    async def test_scaling_in_is_not_held_with_a_release_that_may_not_give_it_back(
        self, version: str
    ) -> None:
        made = setup()
        made.api.keda(version)
        await made.keda.settle(web(keda_block(scaleIn="hold")), 0)

        record = made.api.record()
        assert record is not None
        assert record["wrote"] == {FORCE: "true"}
        assert made.reasons() == ["ScaleInRefused"]

    async def test_an_hpa_that_may_not_be_read_is_a_release_that_is_not_known(self) -> None:
        made = setup()
        made.api.always[Verb.GET, "horizontalpodautoscalers"] = FORBIDDEN
        await made.keda.settle(web(), 0)

        assert made.api.record() is not None

    async def test_keda_that_does_not_do_what_it_was_asked_for_is_told(self) -> None:
        made = setup()
        inactive = {"status": {"conditions": [{"type": "Active", "status": "False"}]}}
        made.api.edit(SCALED_OBJECTS, "so", inactive)
        await made.keda.settle(web(), 0)
        made.clock.now += 76
        await made.keda.settle(web(), 0)

        assert made.reasons() == ["NotHonoured"]

    async def test_advice_is_told_once_a_revision(self) -> None:
        made = setup()
        made.api.edit(SCALED_OBJECTS, "so", {"spec": {"triggers": [{"type": "memory"}]}})
        for revision in ("v2", "v2", "v3"):
            await made.keda.settle(web(current_hash=revision), 20)

        assert made.reasons("info").count("Advice") == 2


class TestTrouble:
    @pytest.mark.parametrize("verb", [Verb.LIST, Verb.PATCH])
    async def test_a_permission_that_is_missing_is_told_once_and_not_asked_for_at_every_call(
        self, verb: Verb
    ) -> None:
        made = setup()
        made.api.always[verb, OBJECTS] = FORBIDDEN
        for _ in range(3):
            await made.keda.settle(web(), 20)
        refused = requests(made.api).count(f"{verb} {OBJECTS}")
        made.clock.now += 301
        made.api.always.clear()
        await made.keda.settle(web(), 20)

        assert refused == 1
        assert made.reasons() == ["KedaForbidden"]
        assert "manifests/rbac-keda.yaml" in made.log.said("warning")[0]
        assert made.api.record() is not None

    async def test_a_webhook_that_refuses_is_asked_again_at_the_next_call(self) -> None:
        made = setup()
        denied = a_failure(Forbidden, 'admission webhook "v.kb.io" denied the request: twice', 403)
        made.api.faults[Verb.PATCH, OBJECTS] = [denied]
        await made.keda.settle(web(), 20)
        assert made.reasons() == ["KedaUnavailable"]
        await made.keda.settle(web(), 20)

        assert made.api.record() is not None

    async def test_a_storm_of_conflicts_ends_after_six_tries_and_goes_on_with_the_next_call(self) -> None:
        made = setup()
        made.api.always[Verb.PATCH, OBJECTS] = a_failure(Conflict, "modified", 409)
        await made.keda.settle(web(), 20)
        assert requests(made.api).count(f"patch {OBJECTS}") == 6
        assert made.reasons() == ["KedaUnavailable"]
        made.api.always.clear()
        await made.keda.settle(web(), 20)

        assert made.api.record() is not None

    async def test_what_somebody_wrote_between_reading_and_writing_is_seen(self) -> None:
        made = setup()

        def user() -> None:
            if made.api.calls[-1].verb is Verb.PATCH:
                made.api.others = None
                made.api.annotate(force_activation="false")

        made.api.others = user
        await made.keda.settle(web(), 20)

        record = made.api.record()
        assert record is not None
        assert record["prior"] == {FORCE: "false"}

    async def test_an_object_that_is_deleted_between_reading_and_writing_is_no_trouble(self) -> None:
        made = setup()
        made.api.faults[Verb.PATCH, OBJECTS] = [a_failure(NotFound, "gone", 404)]
        await made.keda.settle(web(), 20)
        made.api.faults[Verb.PATCH, OBJECTS] = [a_failure(Conflict, "modified", 409)]
        made.api.faults[Verb.GET, OBJECTS] = [a_failure(NotFound, "gone", 404)]
        await made.keda.settle(web(), 20)

        assert requests(made.api).count(f"patch {OBJECTS}") == 2
        assert made.reasons() == []

    async def test_an_api_that_hangs_costs_five_seconds_and_not_the_call(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = setup()
        made.api.faults[Verb.LIST, OBJECTS] = [_hung]
        monkeypatch.setattr("rollouts_router.router.keda.BUDGET_SECONDS", 0)
        await made.keda.settle(web(), 20)

        assert made.reasons() == ["KedaUnavailable"]


def _hung(call: Call) -> ApiError:
    raise TimeoutError


class TestGates:
    async def test_while_keda_has_it_at_zero_a_step_waits_and_costs_no_further_read(self) -> None:
        made = setup()
        rollout = web(replicas=0)
        await made.keda.settle(rollout, 0)
        before = len(made.api.calls)

        assert await verified(made, rollout, 0) is Verdict.NOT_VERIFIED
        assert await verified(made, rollout, 0) is Verdict.NOT_VERIFIED
        assert len(made.api.calls) == before
        assert made.reasons() == ["ScaledToZero"]
        assert await verified(made, web(replicas=1), 0) is Verdict.VERIFIED

    async def test_a_process_that_is_new_looks_for_itself(self) -> None:
        made = setup()

        assert await verified(made, web(replicas=0), 0) is Verdict.NOT_VERIFIED
        assert made.api.written == []

    async def test_what_was_seen_a_minute_ago_is_looked_at_again(self) -> None:
        made = setup()
        rollout = web(replicas=0)
        await made.keda.settle(rollout, 0)
        made.api.delete(SCALED_OBJECTS, "so")
        assert await verified(made, rollout, 0) is Verdict.NOT_VERIFIED
        made.clock.now += 60

        assert await verified(made, rollout, 0) is Verdict.VERIFIED

    async def test_a_user_who_pauses_it_at_zero_is_named(self) -> None:
        made = setup()
        made.api.annotate(paused_replicas="0")
        await made.keda.settle(web(replicas=0), 0)

        assert await verified(made, web(replicas=0), 0) is Verdict.NOT_VERIFIED
        assert made.reasons() == ["PausedByUser"]
        assert made.api.annotations()["autoscaling.keda.sh/paused-replicas"] == "0"

    @pytest.mark.parametrize(
        ("keda", "expected"),
        [({}, Verdict.VERIFIED), ({"onError": "wait"}, Verdict.NOT_VERIFIED)],
    )
    @pytest.mark.parametrize("verb", [Verb.LIST, Verb.PATCH])
    async def test_when_keda_cannot_be_read_or_patched_the_configuration_says_what_to_do(
        self, verb: Verb, keda: dict[str, str], expected: Verdict
    ) -> None:
        made = setup()
        pods(made.api, available=4)
        made.api.always[verb, OBJECTS] = AWAY
        rollout = web(keda_block(**keda))
        await made.keda.settle(rollout, 20)

        assert await verified(made, rollout, 20) is expected
        assert await verified(made, replace(rollout, step_index=3), 100) is Verdict.VERIFIED
        assert made.reasons() == ["KedaUnavailable"]

    async def test_a_new_process_that_cannot_read_waits_where_that_is_asked_for(self) -> None:
        made = setup()
        made.api.always[Verb.LIST, OBJECTS] = AWAY

        assert await verified(made, web(keda_block(onError="wait")), 20) is Verdict.NOT_VERIFIED
        assert await verified(made, web(keda_block(), replicas=0), 0) is Verdict.VERIFIED

    async def test_a_step_waits_for_its_share_of_pods(self) -> None:
        made = setup()
        rollout = web(replicas=40)
        pods(made.api, available=19, wanted=20)
        assert await verified(made, rollout, 50) is Verdict.NOT_VERIFIED
        pods(made.api, available=20, wanted=20)

        assert await verified(made, rollout, 50) is Verdict.VERIFIED
        assert made.reasons("info") == ["CapacityShort"]

    async def test_replica_sets_that_cannot_be_read_are_not_yet(self) -> None:
        made = setup()
        made.api.faults[Verb.LIST, "replicasets"] = [AWAY]

        assert await verified(made, web(), 20) is Verdict.NOT_VERIFIED
        assert made.reasons() == ["KedaUnavailable"]

    async def test_replica_sets_that_may_not_be_read_are_told_and_count_as_configured(self) -> None:
        made = setup()
        made.api.always[Verb.LIST, "replicasets"] = FORBIDDEN
        waits = web(keda_block(onError="wait"))

        assert await verified(made, web(), 20) is Verdict.VERIFIED
        assert made.reasons() == ["KedaForbidden"]
        assert await verified(made, waits, 20) is Verdict.NOT_VERIFIED
        assert await verified(made, replace(waits, step_index=3), 100) is Verdict.VERIFIED

    @pytest.mark.parametrize("routes", [Verdict.NOT_VERIFIED, Verdict.NOT_IMPLEMENTED])
    async def test_routes_that_are_not_live_are_not_outvoted(self, routes: Verdict) -> None:
        made = setup()
        pods(made.api, available=4)

        assert await made.keda.verdict(web(), 20, routes) is routes

    async def test_where_routes_are_not_verified_pods_still_are(self) -> None:
        made = setup()

        held = await made.keda.verdict(web(replicas=0), 0, Verdict.NOT_IMPLEMENTED)

        assert held is Verdict.NOT_VERIFIED

    async def test_where_nothing_waits_nothing_is_read(self) -> None:
        made = setup()

        assert await verified(made, web(step_index=1, replicas=0), 20) is Verdict.VERIFIED
        assert made.api.calls == []


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["annotations", "labels", "triggers", HOLD, FORCE]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


# An API server sees to it that labels and annotations are strings; the rest of a custom resource is its own affair.
STRINGS = st.dictionaries(
    st.sampled_from([HOLD, FORCE, "other"]), st.sampled_from(["true", "false", "", "{}"])
)


@given(st.fixed_dictionaries({"labels": STRINGS, "annotations": STRINGS}), ODD, ODD)
def test_no_object_makes_a_call_fail(meta: dict[str, Any], triggers: object, status: object) -> None:
    async def play() -> None:
        made = setup()
        made.api.edit(
            SCALED_OBJECTS, "so", {"metadata": meta, "spec": {"triggers": triggers}, "status": status}
        )
        await made.keda.settle(web(), 20)
        await verified(made, web(keda_block(onError="wait")), 20)
        await made.keda.settle(PROMOTED, 0)
        await made.sweeper.sweep()

    run(play())


CANARY: list[tuple[Rollout, int]] = [
    (web(), 0),
    (web(), 20),
    (web(current_hash="v3"), 20),
    (web(current_hash="v3"), 100),
    (web(stable_hash="v3", current_hash="v3"), 0),
]


@pytest.mark.parametrize("value", [None, "false"])
async def test_killed_before_any_request_of_a_canary_it_leaves_everything_as_it_was_after_one_sweep(
    value: str | None,
) -> None:
    annotations = {} if value is None else {FORCE: value}
    whole = setup(annotations=annotations)
    await walk(whole)
    for at in range(len(whole.api.calls) + 1):
        made = setup(annotations=annotations)
        made.api.create(ROLLOUTS, "web", rollout_json(keda_block(), current_hash="v1"))
        made.api.kill_at = at
        made = await walk(made)
        made.api.kill_at = None
        await made.restarted().sweeper.sweep()
        assert made.api.annotations() == annotations
        assert made.api.look(SCALED_OBJECTS, "so")["metadata"].get("labels") in (None, {})


async def walk(made: KedaSetup) -> KedaSetup:
    """A canary from its first call to the one after its end; who is killed is not started again before that."""
    for rollout, weight in CANARY:
        try:
            await made.keda.settle(rollout, weight)
        except Killed:
            break
    return made


async def test_an_error_of_the_server_is_no_reason_to_forget_a_hold() -> None:
    made = setup()
    await made.keda.settle(web(), 20)
    made.api.faults[Verb.PATCH, OBJECTS] = [a_failure(Invalid, "refused", 400)]
    await made.keda.settle(PROMOTED, 0)
    assert made.api.record() is not None
    await made.keda.settle(PROMOTED, 0)

    assert HOLD not in made.api.annotations()
