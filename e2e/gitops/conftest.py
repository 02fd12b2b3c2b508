"""One bed for all recipes that a worker runs, with the router and Argo CD's engine on it; a shop for each test."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest_asyncio

from e2e.bed.control_plane import ControlPlane
from e2e.gitops import page
from e2e.gitops import shop as shops
from e2e.gitops.argo_cd import NAMESPACE, ArgoCD
from e2e.gitops.flux import Flux
from e2e.hosts.driver import Session
from e2e.hosts.lines import NEWEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RULES: Final = Path(__file__).parents[2] / "manifests" / "rbac.yaml"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plane() -> AsyncIterator[ControlPlane]:
    """The bed."""
    async with ControlPlane(channel="standard") as plane:
        await plane.create_namespace(NAMESPACE)
        await plane.grant_plugin(rules=RULES)
        yield plane


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def router(plane: ControlPlane) -> AsyncIterator[Session]:
    """rollouts-router under the Go host."""
    async with Session(NEWEST, shops.plugin(plane)) as session:
        yield session


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def argo_cd(plane: ControlPlane) -> AsyncIterator[ArgoCD]:
    """Argo CD's engine, without settings of its own."""
    async with ArgoCD(plane) as engine:
        await engine.set_settings({})
        yield engine


@pytest_asyncio.fixture(loop_scope="session")
async def settings(argo_cd: ArgoCD) -> AsyncIterator[ArgoCD]:
    """The engine for a test that sets argocd-cm, which is empty again afterwards."""
    yield argo_cd
    await argo_cd.set_settings({})


@pytest_asyncio.fixture(loop_scope="session")
async def for_all(settings: ArgoCD) -> None:
    """The settings of the page for all applications."""
    await settings.set_settings(page.block("argocd-cm")["data"])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def flux(plane: ControlPlane) -> AsyncIterator[Flux]:
    """Flux's kustomize-controller."""
    async with Flux(plane) as flux:
        yield flux


@pytest_asyncio.fixture(loop_scope="session")
async def shop(plane: ControlPlane, router: Session) -> shops.Shop:
    """A fresh namespace with the shop's Services."""
    namespace = f"shop-{uuid.uuid4().hex[:8]}"
    await plane.create_namespace(namespace)
    for service in shops.services(namespace):
        await plane.admin.apply(service)
    return shops.Shop(plane=plane, router=router, namespace=namespace)
