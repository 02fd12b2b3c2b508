"""A network of a test's own, in which the pods' addresses are this machine's and nothing else exists.

The kernel makes it for the calling thread; programs and threads that this thread starts meanwhile are born into
it. So nothing has a name or a port that two runs could both want, nothing has to be deleted, also after a killed
runner: the network ends with the last program in it. What happens in the network is not known here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from e2e.bed.errors import BedError

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET of unshare(2) and setns(2)
COMMAND_LIMIT: Final = 10.0  # seconds
TRIAL: Final = "192.0.2.0/24"  # addresses for documentation, RFC 5737


class NoNetworkError(BedError):
    """This machine cannot make a network for the test; the text says what is missing."""


@contextlib.contextmanager
def private_network(addresses: str) -> Iterator[None]:
    """Moves the calling thread into a new network in which every address of a range is local.

    Raises `NoNetworkError` without the right to, or without iproute2. A thread that was started before stays where
    it was: let an event loop start its worker threads inside only.
    """
    program = shutil.which("ip")
    if program is None:
        raise NoNetworkError("`ip` is not on PATH: install iproute2 (`apt-get install iproute2`)")
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _enter_new()
        try:
            _run(program, "link", "set", "lo", "up")
            _run(program, "route", "add", "local", addresses, "dev", "lo")
            yield
        finally:
            _check(_libc().setns(home, NEW_NETWORK), "setns")
    finally:
        os.close(home)


def obstacle() -> str:
    """Why this machine cannot have such a network; empty where it can."""
    try:
        with private_network(TRIAL):
            return ""
    except NoNetworkError as error:
        return str(error)


def _enter_new() -> None:
    try:
        _check(_libc().unshare(NEW_NETWORK), "unshare")
    except OSError as error:
        raise NoNetworkError(
            f"no network of its own for the test: {error}; run as root, or below `unshare -rnm`"
        ) from error


def _check(result: int, name: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
    if done.returncode:
        raise NoNetworkError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
