"""The parts of a server, put together for real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.fakes.api import FakeApi
from tests.fakes.clock import run
from tests.fakes.log import Lines
from tests.fakes.objects import rollout, spec

from rollouts_router.app.assembly import make_desk
from rollouts_router.app.doors import CertificateDoor, OpenDoor, TokenDoor
from rollouts_router.app.metrics import Metrics
from rollouts_router.app.serving_assembly import Served, assemble_server
from rollouts_router.app.serving_settings import parse
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.notices import Notices
from rollouts_router.kube.errors import Forbidden
from rollouts_router.kube.resources import Verb
from rollouts_router.router.planning import Effect
from rollouts_router.router.reports import Reports

TLS = ("--tls-cert", "c", "--tls-key", "k")


@asynccontextmanager
async def assembled(
    folder: Path, monkeypatch: pytest.MonkeyPatch, log: Lines, *arguments: str
) -> AsyncIterator[Served]:
    """On a machine without a cluster."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    served = assemble_server(parse(arguments), log, Metrics(lambda: 0.0))
    yield served
    await served.aclose()


@pytest.mark.parametrize(
    ("arguments", "door"),
    [
        ((), OpenDoor),
        (("--token-auth",), TokenDoor),
        ((*TLS, "--client-ca", "a"), CertificateDoor),
        (TLS, OpenDoor),
    ],
)
async def test_the_door_is_the_one_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], door: type[object]
) -> None:
    async with assembled(tmp_path, monkeypatch, Lines(), *arguments) as served:
        assert type(served.door) is door


async def test_without_a_cluster_it_is_there_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Lines()
    async with assembled(tmp_path, monkeypatch, log) as served:
        await served.warm_up()

    assert log.said("warning") == ["the API server is not to be had; calls try again"]


class Meter(list[tuple[str, str, int, int]]):
    """Keeps weights."""

    def weights_set(self, namespace: str, name: str, canary: int, stable: int) -> None:
        """Keep them."""
        self.append((namespace, name, canary, stable))


def test_the_meter_is_told_the_weights_that_all_routes_carry_and_no_others() -> None:
    """Not those of a plan or a dry run, nor those that a route did not take."""
    api, meter = FakeApi(), Meter()
    api.create("web", spec())
    desk = make_desk(api, api, Lines(), reports=Reports(Lines(), Notices(), meter=meter), allowed=frozenset())  # type: ignore[arg-type] - both at once
    web = rollout({"httpRoute": "web"})

    run(desk.router_for(Effect.PLAN).set_weight(web, 10))
    api.faults[Verb.PATCH, "web"] = [lambda call: Forbidden(call, "no")]
    with pytest.raises(RoutingError):
        run(desk.router.set_weight(web, 20))
    run(desk.router.set_weight(web, 30))
    run(desk.router.set_weight(web, 30))

    assert meter == [("shop", "web", 30, 70)] * 2
