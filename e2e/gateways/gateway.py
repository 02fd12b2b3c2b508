"""What every gateway has in common here: how it is declared, and what tests may ask of it. How one runs is not known.

There is one Gateway in a bed, with a listener for each wire, for routes of all namespaces.
"""

from __future__ import annotations

import contextlib
import os
import signal
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, Self

from e2e.bed.errors import ProcessDiedError
from e2e.bed.kinds import GATEWAY, Object
from e2e.gateways.wires import WIRES, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.processes import Process

NAME: Final = "gateway"  # of the GatewayClass and of the Gateway
NAMESPACE: Final = "gateways"
READY: Final = 60.0  # seconds until a gateway's own program answers; it takes some


class Gateway(ABC):
    """A gateway as an async context manager, entered in a bed that runs."""

    name: ClassVar[str]  # of its program and of that program's log
    controller: ClassVar[str]  # the controller name of its GatewayClass
    wires: ClassVar[Sequence[Wire]] = WIRES
    lag: ClassVar[float] = 0.0  # seconds that the proxy's doings may be behind its own account of them
    gap: ClassVar[float] = 0.0  # seconds that the proxy may lack where a rule leads; see `lacking`
    whole: ClassVar[bool]  # whether a regular expression has to match all of a header's value, or any part

    def __init__(self, plane: ControlPlane) -> None:
        """Starts nothing yet."""
        self._plane = plane
        self._stack = contextlib.AsyncExitStack()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await self._plane.create_namespace(NAMESPACE)
            self._process = await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def log(self) -> Path:
        """The log of its program."""
        return self._plane.layout.log(self.name)

    @contextlib.contextmanager
    def asleep(self) -> Iterator[None]:
        """Whatever writes the routes' status does nothing meanwhile. Keep it short: it has a lease to renew."""
        if self._process is None:
            raise ProcessDiedError(f"{self.name} was not started")
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    @staticmethod
    @abstractmethod
    def prepare() -> None:
        """Builds or fetches its programs; from a network that has the world in it."""

    @abstractmethod
    async def has_in_force(self, route: Object) -> bool:
        """Whether the proxy's own account of itself has the weights that the rules of this route say."""

    async def lacking(self) -> int:
        """Requests so far that the proxy refused because it had a rule, which came, went or moved, and not where that leads."""
        return 0

    @abstractmethod
    async def _start(self, stack: contextlib.AsyncExitStack) -> Process:
        """Starts its programs, to be stopped by the stack, and applies `declaration` on the way.

        Returns what writes routes' status.
        """


def declaration(controller: str, **spec: object) -> tuple[Object, Object]:
    """The GatewayClass, with further fields of its spec, and its Gateway."""
    kind: Object = {
        "apiVersion": GATEWAY,
        "kind": "GatewayClass",
        "metadata": {"name": NAME},
        "spec": {"controllerName": controller, **spec},
    }
    gateway: Object = {
        "apiVersion": GATEWAY,
        "kind": "Gateway",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {"gatewayClassName": NAME, "listeners": [_listener(wire) for wire in WIRES]},
    }
    return kind, gateway


def parent(wire: Wire) -> Object:
    """The parentRef by which a route of any namespace attaches to the wire's listener."""
    return {"name": NAME, "namespace": NAMESPACE, "sectionName": wire.name}


def _listener(wire: Wire) -> Object:
    return {
        "name": wire.name,
        "protocol": wire.listener,
        "port": wire.listener_port,
        "allowedRoutes": {"namespaces": {"from": "All"}, "kinds": [{"kind": wire.route}]},
    }
