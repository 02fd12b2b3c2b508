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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from rollouts_router.wire.errors import LocalProtocolError
from rollouts_router.wire.handshake import Greeting, handshake_line

_STDOUT: Final = 1
_TMP: Final = "/tmp"  # noqa: S108 - the one folder a stock controller can write to; the name is random
_BACKLOG: Final = 8  # the host connects once; a few more wait to be told no
_PRIVATE: Final = 0o177  # umask: the socket is for our own user
_GROUP_MODE: Final = 0o660


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
    listener, line = _listen(environ, greeting)
    try:
        os.write(stdout, line)
        os.close(stdout)
        yield listener
    finally:
        remove_file(listener)
        listener.close()


def remove_file(listener: socket.socket) -> None:
    """Remove the socket's file, if it is still there."""
    with suppress(OSError):
        if path := listener.getsockname():
            os.unlink(path)


def _listen(environ: Mapping[str, str], greeting: Greeting) -> tuple[socket.socket, bytes]:
    """Listen where the host says, or else in the first folder that works of $TMPDIR and /tmp."""
    demanded = "PLUGIN_UNIX_SOCKET_DIR" if environ.get("PLUGIN_UNIX_SOCKET_DIR") else ""
    folders = {greeting.socket_directory: None} | ({} if demanded else {_TMP: None})
    flaws = []
    for folder in folders:
        path = os.path.join(os.path.abspath(folder), f"rollouts-router-{os.urandom(8).hex()}")
        try:
            line = handshake_line(greeting, path)
            return _listen_at(path, greeting.socket_group), line
        except (LocalProtocolError, OSError) as error:
            flaws.append(str(error))
    raise LaunchError(
        f"no socket can be made: {'; '.join(flaws)}. "
        f"Set {demanded or 'TMPDIR'} to a writable folder with a short path."
    )


def _listen_at(path: str, group: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(_PRIVATE)
    try:
        listener.bind(path)
        if group:
            _hand_to_group(path, group)
        listener.listen(_BACKLOG)
    except (OSError, LaunchError):
        remove_file(listener)
        listener.close()
        raise
    finally:
        os.umask(mask)
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
