"""The plugin under the Go host: what to launch and how, one timed call, and its memory.

A peer is launched the same way, as another command with an identity of its own.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from e2e.bench.errors import NotMeasuredError
from e2e.bench.floors import MICROSECONDS
from e2e.hosts.answers import Memory, Reply, Together
from e2e.hosts.driver import Plugin
from e2e.hosts.lines import NEWEST

if TYPE_CHECKING:
    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object
    from e2e.bench.scenes import Scene
    from e2e.hosts.driver import Session

LINE: Final = NEWEST
COMMAND: Final = "ROLLOUTS_ROUTER_COMMAND"
PEER: Final = "ROLLOUTS_ROUTER_PEER"
OURS_IDENTITY: Final = "plugin"
PEER_IDENTITY: Final = "peer"
PEER_ROLE: Final = "bench-peer"
MEGABYTE: Final = 1e6  # bytes
HANDED_ON: Final = ("PATH", "LANG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One timed SetWeight, or several at once, in milliseconds: in all, and each on its own."""

    total: float
    each: tuple[float, ...]


def our_command() -> tuple[str, ...]:
    """The command of this checkout, or the one in ROLLOUTS_ROUTER_COMMAND."""
    own = os.environ.get(COMMAND)
    return tuple(shlex.split(own)) if own else (str(Path(sys.executable).with_name("rollouts-router")),)


def peer_command() -> tuple[str, ...]:
    """Another traffic router to measure beside ours, from ROLLOUTS_ROUTER_PEER; empty without one."""
    return tuple(shlex.split(os.environ.get(PEER, "")))


def plugin(command: tuple[str, ...], plane: ControlPlane, identity: str) -> Plugin:
    """The command as the controller would start it: a kubeconfig, and little else in its environment."""
    environment = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    here = {"HOME": str(plane.folder), "TMPDIR": str(plane.folder)}
    kubeconfig = {"KUBECONFIG": str(plane.kubeconfig(identity))}
    return Plugin(command=command, environment={**environment, **here, **kubeconfig})


def peer_role() -> Object:
    """What a plugin may need that reads and updates whole routes."""
    routes = [f"{kind}routes" for kind in ("http", "grpc", "tcp", "tls", "udp")]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": PEER_ROLE},
        "rules": [
            {
                "apiGroups": ["gateway.networking.k8s.io"],
                "resources": routes,
                "verbs": ["get", "list", "watch", "update", "patch"],
            }
        ],
    }


async def set_weight(session: Session, scene: Scene, weight: int) -> Call:
    """SetWeight of all Rollouts of the scene, at the same moment.

    Raises:
        NotMeasuredError: A call failed.
    """
    calls = [
        {"id": app, "method": "SetWeight", "rollout": scene.rollout(app), "weight": weight}
        for app in scene.apps
    ]
    together = await session.ask({"parallel": calls}, Together)
    failed = next((reply for reply in together.parallel if reply.error), None)
    if failed:
        raise NotMeasuredError(f"SetWeight of {scene.namespace}/{failed.id} failed: {failed.error}")
    return Call(
        total=together.us / MICROSECONDS, each=tuple(reply.us / MICROSECONDS for reply in together.parallel)
    )


async def step(session: Session, scene: Scene, call: Object) -> float:
    """Milliseconds for a header or mirror step, or the removal, of the scene's one Rollout.

    Raises:
        NotMeasuredError: The call failed.
    """
    (app,) = scene.apps
    reply = await session.ask({**call, "rollout": scene.rollout(app)}, Reply)
    if reply.error:
        raise NotMeasuredError(f"{call['method']} of {scene.namespace}/{app} failed: {reply.error}")
    return reply.us / MICROSECONDS


async def ping(session: Session) -> float:
    """Milliseconds for a call that does nothing: the way through host, socket and codecs and back."""
    reply = await session.ask({"method": "Type"}, Reply)
    return reply.us / MICROSECONDS


async def resident(session: Session) -> float:
    """The plugin's resident set now, in megabytes.

    Raises:
        NotMeasuredError: The host could not read it.
    """
    memory = await session.ask({"rss": True}, Memory)
    if memory.error:
        raise NotMeasuredError(f"the plugin's memory could not be read: {memory.error}")
    return memory.rss_bytes / MEGABYTE
