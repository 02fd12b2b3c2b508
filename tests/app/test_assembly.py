"""The parts, put together for real."""

from pathlib import Path

import pytest
from tests.transports.serving import Lines

from rollouts_router.app.assembly import assemble
from rollouts_router.router.operations import Router
from rollouts_router.router.planning import Effect
from rollouts_router.router.scaled import ScaledRouter
from rollouts_router.settings import KedaMode, Settings, Throttle
from rollouts_router.wire.gob.records import Kind, Typed

METHODS = {
    "InitPlugin",
    "Type",
    "UpdateHash",
    "SetWeight",
    "VerifyWeight",
    "SetHeaderRoute",
    "SetMirrorRoute",
    "RemoveManagedRoutes",
}
"""The methods of Argo Rollouts' traffic-router plugins (rpc package of its plugin tree)."""


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a cluster."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    "settings",
    [Settings(), Settings(throttle=Throttle(qps=1, burst=1)), *(Settings(keda=mode) for mode in KedaMode)],
)
async def test_there_is_a_handler_for_each_method_of_the_controller(settings: Settings) -> None:
    parts = assemble(settings, Lines())

    assert set(parts.handlers) == METHODS
    assert await parts.handlers["Type"](None) == Typed(Kind.STRING, "GatewayAPI")
    await parts.aclose()


@pytest.mark.usefixtures("nowhere")
async def test_keda_is_minded_behind_both_doors_and_by_no_rehearsal() -> None:
    parts = assemble(Settings(), Lines())

    assert isinstance(parts.desk.router_for(Effect.APPLY), ScaledRouter)
    assert parts.desk.gates is parts.scaling.keda
    assert isinstance(parts.desk.router_for(Effect.PLAN), Router)
    assert isinstance(parts.desk.router_for(Effect.REHEARSE), Router)
    await parts.aclose()


@pytest.mark.usefixtures("nowhere")
async def test_warming_up_without_a_cluster_is_a_debugging_line_and_no_failure() -> None:
    log = Lines()
    parts = assemble(Settings(), log)

    await parts.warm_up()

    ((level, event, values),) = log.said
    assert (level, event) == ("debug", "the API server was not reached before the first call")
    assert "error" in values
    await parts.aclose()
