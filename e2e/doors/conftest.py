"""Where the doors are tried: one control plane for all of them, without a controller that would interfere."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from e2e.bed import access
from e2e.bed.control_plane import ControlPlane
from e2e.bed.kinds import RBAC
from e2e.hosts.driver import Plugin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.kinds import Object

COMMAND: Final = Path(sys.executable).with_name("rollouts-router")
RIGHTS: Final = Path(__file__).parents[2] / "manifests" / "rbac.yaml"
READER: Final = "rollouts-reader"
USER: Final = "plugin"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plane() -> AsyncIterator[ControlPlane]:
    """The control plane; the plugin's user may do what the product ships for it, and read Rollouts."""
    async with ControlPlane() as started:
        await started.grant_plugin(rules=RIGHTS)
        await started.admin.apply(_reader())
        await access.grant(started.admin, READER, USER)
        yield started


@pytest.fixture(scope="session")
def plugin(plane: ControlPlane) -> Plugin:
    """The product's command with the plugin's kubeconfig; arguments go behind it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(plane.folder),
        "TMPDIR": str(plane.folder),
        "KUBECONFIG": str(plane.kubeconfig(USER)),
    }
    return Plugin(command=(str(COMMAND),), environment=environment)


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(plane: ControlPlane) -> str:
    """A namespace of the test's own."""
    name = f"doors-{uuid.uuid4().hex[:8]}"
    await plane.create_namespace(name)
    return name


def _reader() -> Object:
    """What a Rollout by reference needs besides."""
    return {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": READER},
        "rules": [{"apiGroups": ["argoproj.io"], "resources": ["rollouts"], "verbs": ["get"]}],
    }
