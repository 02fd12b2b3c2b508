"""One bed for all examples: Argo Rollouts as released, our overlay with every part over it, KEDA, a stock controller."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest_asyncio

from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController, Settings
from e2e.examples.walking import Example, names
from e2e.install import stock
from e2e.install.shell import Shell
from e2e.keda.operator import QUICK_AUTOSCALERS, Keda, crds
from e2e.scenarios.sharing import command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest

SWEEP: Final = "--keda-sweep-seconds=2"  # 300 unless set
AT_A_TIME: Final = 8  # on two cores
WALKED: Final = "example"  # the parameter of a test about one of them


@dataclass(frozen=True, slots=True)
class Ground:
    """The bed and a shell in it."""

    plane: ControlPlane
    shell: Shell


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Everything is installed by kubectl, and the plugin acts as the account that the overlay binds."""
    async with ControlPlane(audit=True, manager_flags=QUICK_AUTOSCALERS) as plane:
        for each in sorted(crds().glob("*.yaml")):
            await plane.install(each)
        shell = Shell.at(plane, tmp_path_factory.mktemp("shell"))
        await stock.install(shell)
        await shell.run(
            "kubectl apply --server-side --field-manager=rollouts-router -k manifests/overlays/all-parts"
        )
        settings = Settings(plugin_identity=await stock.account(plane))
        plugin = Plugin(executable=command(), arguments=(SWEEP,))
        async with Keda(plane), RolloutsController(plane, plugin, settings=settings):
            yield Ground(plane, shell)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def walked(ground: Ground, request: pytest.FixtureRequest) -> Mapping[str, BaseException | None]:
    """How each of the examples went: several at a time, as each mostly waits."""
    room = asyncio.Semaphore(AT_A_TIME)

    async def walk(name: str) -> None:
        async with room:
            await Example(plane=ground.plane, shell=ground.shell, name=name).goes_through()

    chosen = _wanted(request.session.items)
    ended = await asyncio.gather(*map(walk, chosen), return_exceptions=True)
    return dict(zip(chosen, ended, strict=True))


def _wanted(items: list[pytest.Item]) -> list[str]:
    """The examples of the tests that were chosen; all of them for a test about all."""
    asked = [item for item in items if "walked" in getattr(item, "fixturenames", ())]
    of_each = [getattr(item, "callspec", None) for item in asked]
    if not all(of_each):
        return names()
    return [each.params[WALKED] for each in of_each if each is not None]
