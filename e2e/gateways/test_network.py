"""A private network is alone, is left again, and may be had twice at once; a private root shows one folder more."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.gateways import network
from e2e.gateways.network import NoNetworkError, obstacle, private_network

RANGE = "10.244.0.0/16"
INHABITANT, STRANGER = "10.244.7.9", "10.245.0.1"
PORT = 8081
ROOT = Path(__file__).with_name("private_root.py")


@pytest.fixture(autouse=True)
def possible() -> None:
    """Only where a network can be made."""
    if reason := obstacle():
        pytest.skip(reason)


def test_all_of_the_range_is_local_and_nothing_else_is_there() -> None:
    with private_network(RANGE), socket.create_server(("0.0.0.0", PORT)):  # noqa: S104 -- of this network
        with socket.create_connection((INHABITANT, PORT), timeout=1) as talk:
            assert talk.getsockname()[0] == INHABITANT
        with pytest.raises(OSError, match="unreachable"):
            socket.create_connection((STRANGER, PORT), timeout=1)


def test_the_thread_is_back_home_afterwards_also_after_a_failure() -> None:
    home = _here()
    away: list[str] = []

    def fail() -> None:
        with private_network(RANGE):
            away.append(_here())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert away != [home]
    assert _here() == home


def test_two_networks_at_once_may_use_the_same_port() -> None:
    with private_network(RANGE), socket.create_server(("127.0.0.1", PORT)):  # noqa: SIM117 -- one in the other
        with private_network(RANGE), socket.create_server(("127.0.0.1", PORT)):
            pass


def test_without_iproute2_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "apt-get install iproute2" in obstacle()


def test_a_range_that_is_none_is_a_reason_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "TRIAL", "nonsense")
    home = _here()
    assert "nonsense" in obstacle()
    assert _here() == home
    with pytest.raises(NoNetworkError), private_network("nonsense"):
        pass


def test_a_private_root_has_the_folder_and_nobody_else_sees_it(tmp_path: Path) -> None:
    shown, root = tmp_path / "shown", tmp_path / "root"
    shown.mkdir()
    root.mkdir()
    (shown / "word").write_text("seen")
    command = ("/bin/sh", "-c", f"cat /only-here/word; test -e {sys.executable}")
    arguments = (str(ROOT), "only-here", str(shown), str(root), *command)
    done = subprocess.run(
        (sys.executable, "-I", "-S", *arguments), capture_output=True, timeout=10, check=True
    )
    assert done.stdout == b"seen"
    assert not Path("/only-here").exists()
    assert list(root.iterdir()) == []


def _here() -> str:
    return str(Path("/proc/thread-self/ns/net").readlink())
