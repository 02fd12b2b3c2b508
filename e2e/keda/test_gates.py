"""Scenarios of the gates, and of what may keep the hold from being written: on a real API server, as in `test_calls`."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.bed import waiting
from e2e.bed.api import ApiError
from e2e.keda import scaled
from e2e.keda.calls import calls, writes_to_keda
from e2e.keda.doorman import Doorman, refusal
from e2e.keda.ground import KEDA_ROLE, without_keda
from e2e.keda.stage import NAME, WANTED, Scene, Stage, plugin
from e2e.scenarios.journal import Journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

pytestmark = pytest.mark.asyncio(loop_scope="module")

START: Final = Scene(replicas=1)
TO_20: Final = Scene(replicas=10, step=0, weight=20)
POLICY: Final = "no-writes-to-keda"
SOON: Final = 20.0  # seconds in which the API server acts by a new policy or role; it takes one or two


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[ControlPlane]:
    """The control plane of this module; ReplicaSets are what the test says."""
    async with without_keda() as plane:
        yield plane


@pytest.fixture
def namespace() -> str:
    """A name for a namespace of the test's own."""
    return f"team-{uuid.uuid4().hex[:8]}"


async def test_18_two_scaled_objects_for_one_rollout(plane: ControlPlane, namespace: str) -> None:
    """18. Two ScaledObjects for one Rollout (webhook off): no writes, Ambiguous warning, the canary proceeds with
    the capacity gate.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    await stage.adds_scaled("other")
    audit = Journal.from_now(plane.audit_log)
    await stage.has_pods(WANTED, available=1, wanted=2)
    async with plugin(stage) as called:
        await called.turns_to(TO_20)
        assert await called.set_weight(20) == ""
        assert await called.verify(20) == "NotVerified"
        await stage.has_pods(WANTED, available=2)
        assert await called.verify(20) == "Verified"
        reasons = await called.reasons()
    assert reasons.count("Ambiguous") == 1
    assert writes_to_keda(audit, namespace) == []


async def test_21_scale_up_in_mid_step(plane: ControlPlane, namespace: str) -> None:
    """21. Scale-up mid-step. Given w 50, R 10 > 40: VerifyWeight is false until the needed pods are available, true
    after; the weight on the route never exceeds the asked one. That no RPC comes during the resize is the
    controller's doing: see the scenario of the same number in `test_neighbours`.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    await stage.has_pods(WANTED, available=5)
    async with plugin(stage) as called:
        await called.turns_to(Scene(replicas=10, step=2, weight=50))
        assert await called.set_weight(50) == ""
        assert await called.verify(50) == "Verified"
        await called.turns_to(Scene(replicas=40, step=2, weight=50))
        for available in (5, 19):
            await stage.has_pods(WANTED, available=available, wanted=20)
            assert await called.set_weight(50) == ""
            assert await called.verify(50) == "NotVerified"
            assert await stage.canary_weight() == 50
        assert "CapacityShort" in await called.reasons()
        await stage.has_pods(WANTED, available=20)
        assert await called.verify(50) == "Verified"


async def test_22_set_canary_scale_2_with_set_weight_100(plane: ControlPlane, namespace: str) -> None:
    """22. setCanaryScale 2 with setWeight 100, R 10: VerifyWeight is true with 2 available (no deadlock)."""
    steps: list[Object] = [{"setCanaryScale": {"replicas": 2}}, {"setWeight": 100}, {"pause": {}}]
    stage = Stage(plane=plane, namespace=namespace, keda={}, steps=steps)
    await stage.is_set()
    await stage.has_pods(WANTED, available=0, wanted=2)
    async with plugin(stage) as called:
        await called.turns_to(Scene(replicas=10, step=1, weight=100))
        assert await called.set_weight(100) == ""
        assert await called.verify(100) == "NotVerified"
        await stage.has_pods(WANTED, available=2)
        assert await called.verify(100) == "Verified"


@pytest.mark.parametrize(("on_error", "answer"), [("proceed", "Verified"), ("wait", "NotVerified")])
async def test_23_rights_missing(plane: ControlPlane, namespace: str, on_error: str, answer: str) -> None:
    """23. RBAC missing. Given patch forbidden: SetWeight succeeds; onError proceed: the canary runs, one event;
    onError wait: the setWeight step is held.
    """  # noqa: D205 -- the specification's sentence
    stage = Stage(plane=plane, namespace=namespace, keda={"onError": on_error})
    await stage.is_set()
    await stage.has_pods(WANTED, available=2)
    async with _without_rights(plane), plugin(stage) as called:
        await called.turns_to(TO_20)
        for _ in range(2):
            assert await called.set_weight(20) == ""
            assert await stage.canary_weight() == 20
            assert await called.verify(20) == answer
        said = await called.said()
        assert [line.reason for line in said].count("KedaForbidden") == 1, [line.message for line in said]
    assert not await stage.is_held()


async def test_24_webhook_refuses(plane: ControlPlane, namespace: str) -> None:
    """24. Webhook refuses: the routes are already correct, no error, retried on the next call."""
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    async with plugin(stage) as called:
        await called.turns_to(TO_20)
        async with _refusing_webhook(stage):
            assert await called.set_weight(20) == ""
            assert await stage.canary_weight() == 20
            assert not await stage.is_held()
        assert await called.set_weight(20) == ""
        assert await stage.is_held()


async def test_24_409_storm(plane: ControlPlane, namespace: str) -> None:
    """24. 409 storm: bounded retries within 5 s, the routes already correct, retried on the next call."""
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    storm = True

    async def interferes(request: web.Request) -> web.Response | None:
        if storm and (request.method, "scaledobjects" in request.path) == ("PATCH", True):
            return refusal(409, "Conflict", "the object has been modified")
        return None

    async with Doorman(plane) as doorman:
        doorman.interference = interferes
        config = doorman.kubeconfig(plane.identities["plugin"])
        async with plugin(stage, kubeconfig=config) as called:
            await called.turns_to(TO_20)
            assert await called.set_weight(20) == ""
            attempts = [each for each in doorman.seen if each.startswith("PATCH") and "scaledobjects" in each]
            assert 2 <= len(attempts) <= 6
            assert await stage.canary_weight() == 20
            assert not await stage.is_held()
            storm = False
            assert await called.set_weight(20) == ""
            assert await stage.is_held()


@pytest.mark.parametrize(
    ("version", "is_written"), [("2.16.1", False), ("2.17.2", False), ("2.18.0", True), ("2.21.0", True)]
)
async def test_27_keda_2_16(plane: ControlPlane, namespace: str, version: str, *, is_written: bool) -> None:
    """27. KEDA 2.16: warning, behaves as `wait`."""
    stage = Stage(plane=plane, namespace=namespace, keda={})
    await stage.is_set()
    await _keda_made_an_autoscaler(stage, version)
    async with plugin(stage) as called:
        await called.turns_to(Scene(replicas=0))
        assert await called.set_weight(0) == ""
        assert await stage.is_held() is is_written
        assert ("KedaTooOld" in await called.reasons()) is not is_written
        assert await called.verify(0) == "NotVerified"


@pytest.mark.parametrize(("version", "is_written"), [("2.18.1", False), ("2.18.2", True), ("", False)])
async def test_27_scale_in_hold_is_refused_on_2_18_1(
    plane: ControlPlane, namespace: str, version: str, *, is_written: bool
) -> None:
    """27. `scaleIn: hold` is refused on 2.18.1, and where the version is not known."""
    stage = Stage(plane=plane, namespace=namespace, keda={"scaleIn": "hold"})
    await stage.is_set()
    if version:
        await _keda_made_an_autoscaler(stage, version)
    async with plugin(stage) as called:
        await called.turns_to(START)
        assert await called.set_weight(0) == ""
        written = (await stage.record())["wrote"]
        assert written == {scaled.FORCE: "true", **({scaled.PAUSED_SCALE_IN: "true"} if is_written else {})}
        assert ("ScaleInRefused" in await called.reasons()) is not is_written


@pytest.mark.parametrize(
    ("flag", "is_scaled", "is_held", "answer"),
    [
        ("off", True, False, "Verified"),
        ("gate", True, False, "NotVerified"),
        ("gate", False, False, "Verified"),
        ("hold", True, True, "NotVerified"),
    ],
)
async def test_the_flag_says_what_a_rollout_without_a_block_gets(
    plane: ControlPlane, namespace: str, flag: str, answer: str, *, is_scaled: bool, is_held: bool
) -> None:
    """A canary at zero: `off` asks KEDA nothing, `gate` only reads, and leaves a Rollout alone that is none of KEDA's."""
    stage = Stage(plane=plane, namespace=namespace, keda=None)
    await stage.is_set(with_scaled=is_scaled)
    audit = Journal.from_now(plane.audit_log)
    async with plugin(stage, f"--keda={flag}") as called:
        await called.turns_to(Scene(replicas=0))
        assert await called.set_weight(0) == ""
        assert await called.verify(0) == answer
    assert len(writes_to_keda(audit, namespace)) == is_held
    assert any(call.is_to_keda for call in calls(audit)) is (flag != "off")


@contextlib.asynccontextmanager
async def _without_rights(plane: ControlPlane) -> AsyncIterator[None]:
    """The plugin may read ScaledObjects, and no longer patch them."""
    role = await plane.admin.get("ClusterRole", KEDA_ROLE)
    fewer = [{**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch"]} for rule in role["rules"]]
    await plane.admin.merge_patch("ClusterRole", KEDA_ROLE, None, {"rules": fewer})
    await _until_it_may_patch(plane, allowed=False)
    try:
        yield
    finally:
        await plane.admin.merge_patch("ClusterRole", KEDA_ROLE, None, {"rules": role["rules"]})
        await _until_it_may_patch(plane, allowed=True)


async def _until_it_may_patch(plane: ControlPlane, *, allowed: bool) -> None:
    attributes = {"group": "keda.sh", "resource": "scaledobjects", "verb": "patch"}

    async def ask() -> bool | None:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "metadata": {"name": ""},
            "spec": {"user": "plugin", "resourceAttributes": attributes},
        }
        return True if (await plane.admin.create(review))["status"]["allowed"] is allowed else None

    await waiting.until(ask, within=SOON, what=f"the plugin may patch: {allowed}")


@contextlib.asynccontextmanager
async def _refusing_webhook(stage: Stage) -> AsyncIterator[None]:
    """An admission rule that refuses every change of a ScaledObject, as KEDA's webhook does with a faulty one."""
    rule = {
        "apiGroups": ["keda.sh"],
        "apiVersions": ["*"],
        "operations": ["UPDATE"],
        "resources": ["scaledobjects"],
    }
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": POLICY},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [
                {"expression": "false", "message": "the workload is managed by another ScaledObject"}
            ],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": POLICY},
        "spec": {"policyName": POLICY, "validationActions": ["Deny"]},
    }
    for thing in (policy, binding):
        await stage.admin.apply(thing)
    await _until_refused(stage, refused=True)
    try:
        yield
    finally:
        for kind in ("ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"):
            await stage.admin.delete(kind, POLICY)
        await _until_refused(stage, refused=False)


async def _until_refused(stage: Stage, *, refused: bool) -> None:
    async def ask() -> bool | None:
        try:
            await stage.admin.merge_patch("ScaledObject", NAME, stage.namespace, {"metadata": {}})
        except ApiError:
            return True if refused else None
        return None if refused else True

    await waiting.until(ask, within=SOON, what=f"changes are refused: {refused}")


async def _keda_made_an_autoscaler(stage: Stage, version: str) -> None:
    """KEDA's version stands in a label of the autoscaler that it makes."""
    made = scaled.autoscaler(f"keda-hpa-{NAME}", stage.namespace, target=NAME, minimum=1)
    made["metadata"]["labels"] = {"app.kubernetes.io/version": version}
    await stage.admin.apply(made)
