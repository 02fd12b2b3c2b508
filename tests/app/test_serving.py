"""How a server comes to its end when it cannot even begin; the rest is tests/process' matter."""

import logging
import resource
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollouts_router.app import serving
from rollouts_router.app.serving import FAILED, serve
from rollouts_router.transports.standalone.server import ListenError


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Leave the process as it was: `serve` routes all that is logged or escapes into its own log."""
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    handlers, level = logging.root.handlers[:], logging.root.level
    raising = logging.raiseExceptions
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.raiseExceptions = raising
    logging.captureWarnings(capture=False)


def test_files_that_are_missing_are_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none")

    status = serve(["--tls-cert", missing, "--tls-key", missing, "--listen", "127.0.0.1:0"])

    assert status == FAILED
    # The gRPC library's threads may still have a line of an earlier test's connections to say.
    told = capfd.readouterr().err.splitlines()[-1]
    assert told == f"rollouts-router cannot serve: {missing}: No such file or directory"


def test_a_bug_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nothing was divided")

    status = serve(["--listen", "127.0.0.1:0"], broken)  # type: ignore[arg-type] - it is broken

    assert status == FAILED
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("[ERROR] the server failed and ends; this is a bug")


@pytest.mark.parametrize(
    ("limits", "set_to"),
    [
        ((1024, 4096), []),
        ((256, 4096), [(384, 4096)]),
        ((256, resource.RLIM_INFINITY), [(384, resource.RLIM_INFINITY)]),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
    ],
)
def test_as_many_descriptors_as_connections_need_are_made_room_for(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], set_to: list[tuple[int, int]]
) -> None:
    made: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: made.append(wanted))

    serving._make_room(384)

    assert made == set_to


def test_too_many_connections_for_the_system_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))

    with pytest.raises(ListenError, match="lower --max-connections, or raise the limit"):
        serving._make_room(384)
