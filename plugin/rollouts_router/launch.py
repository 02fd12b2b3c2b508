"""Everything between exec and the handshake line, and nothing else.

The controller waits for one line on our stdout that names a socket. Until it is out nothing may be
imported that it does not need: no asyncio, no HTTP, no logging; a test holds the list. From the first
statement on, descriptor 1 leads nowhere, and the line goes to the real stdout by a private copy, so
that no print of any library can come before it or after it.

Whoever calls this has checked the cookie. What happens on the socket is `transports`' business.
"""

# ruff: noqa: PTH100, PTH101, PTH108, PTH118 - pathlib would be imported for the sake of four calls
import grp
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Final, NoReturn, TypeVar

from rollouts_router.wire.errors import LocalProtocolError
from rollouts_router.wire.handshake import Greeting, handshake_line

_STDOUT: Final = 1
_TMP: Final = "/tmp"  # noqa: S108 - the one folder a stock controller can write to; the name is random
_BACKLOG: Final = 8  # the host connects once; a few more wait to be told no
_PRIVATE: Final = 0o177  # umask: the socket is for our own user
_GROUP_MODE: Final = 0o660

_T = TypeVar("_T")


class LaunchError(Exception):
    """The plugin cannot start; the text says why and what to change."""


def silence_stdout() -> int:
    """Send descriptor 1 to nowhere for good, and return a private descriptor of the real stdout.

    Nowhere, and not stderr: a library's stray line could be JSON, and JSON on stderr whose reserved
    keys are not strings makes the controller panic.
    """
    real = os.dup(_STDOUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)
    return real


def settle_signals() -> None:
    """Ignore SIGINT, as every Go plugin does: Ctrl-C in a terminal is for the host. SIGTERM unwinds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


@contextmanager
def greeted(environ: Mapping[str, str], greeting: Greeting, stdout: int) -> Iterator[socket.socket]:
    """Listen, tell the host where on `stdout`, close that, and give out the listening socket.

    The socket's file is removed at the end, whatever happened in between.

    Raises:
        LaunchError: no folder takes a socket, or the host's demands on it cannot be met.
    """
    listener, line = _placed(environ, greeting, _listen_at)
    try:
        _say(stdout, line)
        yield listener
    finally:
        remove_file(listener)
        listener.close()


class Door:
    """The place of a socket that somebody else makes: a gRPC library takes a path and no socket.

    The order is `place`, `announce`, and in the end `close`, whatever happened in between.
    """

    def __init__(self, environ: Mapping[str, str], greeting: Greeting, stdout: int) -> None:
        self._environ = environ
        self._greeting = greeting
        self._stdout = stdout
        self._path = ""
        self._line = b""

    def place(self, bind: Callable[[str], None]) -> None:
        """Have `bind` listen at a path, or at a second one where the first cannot do.

        From its first moment on the file is open to our own user alone, then to the group that the host
        names. `bind` raises OSError where it cannot listen.

        Raises:
            LaunchError: no folder takes a socket, or the host's demands on it cannot be met.
        """
        self._path, self._line = _placed(self._environ, self._greeting, partial(_bind, bind))

    def announce(self) -> None:
        """Tell the host where the socket is."""
        _say(self._stdout, self._line)

    def close(self) -> None:
        """Remove the socket's file, if it is still there."""
        _remove(self._path)


def remove_file(listener: socket.socket) -> None:
    """Remove the socket's file, if it is still there."""
    with suppress(OSError):
        _remove(listener.getsockname())


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def _bind(bind: Callable[[str], None], path: str, group: str) -> str:
    try:
        bind(path)
        if group:
            _hand_to_group(path, group)
    except (OSError, LaunchError):
        _remove(path)
        raise
    return path


def _say(stdout: int, line: bytes) -> None:
    os.write(stdout, line)
    os.close(stdout)


def _placed(
    environ: Mapping[str, str], greeting: Greeting, listen: Callable[[str, str], _T]
) -> tuple[_T, bytes]:
    """Listen where the host says, or else in the first folder that works of $TMPDIR and /tmp."""
    demanded = "PLUGIN_UNIX_SOCKET_DIR" if environ.get("PLUGIN_UNIX_SOCKET_DIR") else ""
    folders = {greeting.socket_directory: None} | ({} if demanded else {_TMP: None})
    flaws = []
    mask = os.umask(_PRIVATE)
    try:
        for folder in folders:
            path = os.path.join(os.path.abspath(folder), f"rollouts-router-{os.urandom(8).hex()}")
            try:
                line = handshake_line(greeting, path)
                return listen(path, greeting.socket_group), line
            except (LocalProtocolError, OSError) as error:
                flaws.append(str(error))
    finally:
        os.umask(mask)
    raise LaunchError(
        f"no socket can be made: {'; '.join(flaws)}. "
        f"Set {demanded or 'TMPDIR'} to a writable folder with a short path."
    )


def _listen_at(path: str, group: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(path)
        if group:
            _hand_to_group(path, group)
        listener.listen(_BACKLOG)
    except (OSError, LaunchError):
        remove_file(listener)
        listener.close()
        raise
    return listener


def _hand_to_group(path: str, group: str) -> None:
    """Let a group connect, named or numbered, as the host asks in PLUGIN_UNIX_SOCKET_GROUP."""
    try:
        number = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
        os.chown(path, -1, number)
        os.chmod(path, _GROUP_MODE)
    except (KeyError, OverflowError, OSError) as error:
        raise LaunchError(
            f"the socket cannot be given to group {group!r} (PLUGIN_UNIX_SOCKET_GROUP): {error}"
        ) from error
