"""What the Go host writes, as values: one JSON line an answer. Times are in microseconds.

The other side of this file is host/requests.go and host/conformance.go. Nothing here starts the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Answer = TypeVar("Answer")

LAUNCH: Final = "launch"
TOGETHER: Final = "SetWeight at once"
END: Final = "kill"


class Launched(msgspec.Struct, frozen=True, kw_only=True):
    """The process id, and the time from just before its start to each point of the launch."""

    pid: int
    handshake_us: float
    connected_us: float
    dispensed_us: float


class Ready(Launched, frozen=True, kw_only=True):
    """A launch with InitPlugin and Ping, after which the controller uses the plugin."""

    ready_us: float
    init_error: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One call's result; an empty `error` means success. `us` is the call alone, without reading requests."""

    error: str
    us: float
    method: str
    id: str | int | None = None
    verified: str = ""
    type: str = ""


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that were sent at the same moment; `us` runs from then to the last answer."""

    parallel: tuple[Reply, ...]
    us: float


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The plugin's resident set in bytes, now and at its highest."""

    rss_bytes: int
    peak_rss_bytes: int
    error: str


class LogLine(msgspec.Struct, frozen=True):
    """A line as go-plugin understood it and a controller would log it, the plugin's or go-plugin's own."""

    level: str = msgspec.field(name="@level")
    message: str = msgspec.field(name="@message")
    module: str = msgspec.field(name="@module", default="")

    @property
    def from_plugin(self) -> bool:
        """Whether the plugin wrote it."""
        return self.module.startswith("plugin.")


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How the process ended; `exit_code` is -1 after a signal, which `signal` names."""

    us: float
    exit_code: int
    signal: str
    error: str
    logs: tuple[LogLine, ...]

    @property
    def said(self) -> list[LogLine]:
        """The plugin's own lines of its whole life, or since they were last asked for."""
        return [line for line in self.logs if line.from_plugin]


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A conformance run: the replies by the step's name, and what is no single reply."""

    launched: Launched
    replies: dict[str, Reply]
    together: Together
    ending: Ending


class _Step(msgspec.Struct, frozen=True):
    step: str


def decode(line: bytes, kind: type[Answer]) -> Answer:
    """One line as the answer that was asked for.

    Raises:
        msgspec.ValidationError: It is another answer, a refusal for instance; the text names the field.
    """
    return msgspec.json.decode(line, type=kind)


def read_walk(lines: Iterable[bytes]) -> Walk:
    """The lines of a conformance run that came to its end."""
    steps = {decode(line, _Step).step: line for line in lines}
    return Walk(
        launched=decode(steps.pop(LAUNCH), Launched),
        together=decode(steps.pop(TOGETHER), Together),
        ending=decode(steps.pop(END), Ending),
        replies={step: decode(line, Reply) for step, line in steps.items()},
    )
