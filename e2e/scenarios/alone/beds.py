"""Making a bed of one's own: a control plane, a controller with our plugin, and the rights that the project ships."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from e2e.bed.control_plane import ControlPlane
from e2e.bed.controller import Plugin, RolloutsController
from e2e.scenarios.sharing import RIGHTS, command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from e2e.bed.control_plane import Channel

    Bed = tuple[ControlPlane, RolloutsController]


@contextlib.asynccontextmanager
async def own_bed(*, channel: Channel = "experimental") -> AsyncIterator[Bed]:
    """A bed with the CRDs of this channel."""
    async with (
        ControlPlane(channel=channel) as plane,
        RolloutsController(plane, Plugin(executable=command())) as controller,
    ):
        await plane.install(RIGHTS)
        yield plane, controller
