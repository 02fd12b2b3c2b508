"""The server from its socket to its last answer. What it serves is handed in; who may call is the gate's matter."""

import asyncio
import os
import socket
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.gate import Gate
from rollouts_router.transports.standalone.limits import ServingLimits

Register: TypeAlias = Callable[[grpc.aio.Server], Iterable[str]]
"""Adds services to a server and returns their full names."""

_PRIVATE: Final = 0o177
"""umask for the socket: only our own user may connect."""

_PROBE_SECONDS: Final = 1.0


class ListenError(Exception):
    """Nobody can listen there; the text says why and what to change."""


class StandaloneServer:
    """Serves until it is told to drain; made inside the event loop. The order is `bind`, `start`, `drain`."""

    def __init__(self, gate: Gate, limits: ServingLimits) -> None:
        self._gate = gate
        self._limits = limits
        self._server = grpc.aio.server(interceptors=(gate,), options=limits.options())
        self._health = health.aio.HealthServicer()
        self._path = ""

    def bind(self, where: Endpoint, credentials: grpc.ServerCredentials | None) -> Endpoint:
        """Listen, in plain text without credentials; returns where, with the port that was chosen.

        Raises:
            ListenError: it cannot be done.
        """
        if where.path:
            self._bind_socket(where)
            return where
        return Endpoint(host=where.host, port=self._bind(str(where), credentials))

    async def start(self, register: Register, *, reflected: bool) -> None:
        """Take calls of the services that `register` adds, of health and, if `reflected`, of reflection."""
        own = tuple(register(self._server))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for name in (health.OVERALL_HEALTH, *own):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        if reflected:
            names = (*own, health.SERVICE_NAME, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._server)
        await self._server.start()

    async def drain(self, seconds: float) -> None:
        """Take no more calls, end streams, give the others so many seconds, and stop."""
        await self._health.enter_graceful_shutdown()
        self._gate.drain()
        try:
            async with asyncio.timeout(seconds + self._limits.goodbye):
                await self._server.stop(seconds)
        except TimeoutError:
            await self._server.stop(None)
        if self._path:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as everywhere with sockets

    def _bind_socket(self, where: Endpoint) -> None:
        _clear(Path(where.path))
        before = os.umask(_PRIVATE)
        try:
            self._bind(str(where), None)
        finally:
            os.umask(before)
        self._path = where.path

    def _bind(self, target: str, credentials: grpc.ServerCredentials | None) -> int:
        try:
            if credentials is None:
                return self._server.add_insecure_port(target)
            return self._server.add_secure_port(target, credentials)
        except RuntimeError as error:  # all that the library ever raises here; its text tells no cause
            raise ListenError(f"nothing can listen at {target}: {_reason(target)}") from error


def _clear(path: Path) -> None:
    """Remove a socket that a dead process left; the library would take a living one's as well.

    Raises:
        ListenError: something else is there, or somebody listens, or there is no such folder.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise ListenError(f"there is no folder {path.parent} for the socket; make it first") from None
        return
    except OSError as error:
        raise ListenError(f"{path}: {error.strerror}") from error
    if not stat.S_ISSOCK(mode):
        raise ListenError(f"{path} is there and no socket; name another path, or remove it")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            raise ListenError(f"{path} is another's socket: {error.strerror}") from error
    raise ListenError(f"another process listens at {path}; name another path, or end that process")


def _reason(target: str) -> str:
    """Why, as the operating system would tell us."""
    host, _, port = target.rpartition(":")
    if host == "unix":
        return "the folder may not be writable"
    address = host.strip("[]")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, int(port)))
        except OSError as error:
            return error.strerror or str(error)
    return "the library did not say why"
