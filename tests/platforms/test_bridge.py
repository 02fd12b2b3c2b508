"""The example of a bridge keeps the contract of docs/bridge.md, over HTTP."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platforms.bridge.access_log import SourceError, events
from platforms.bridge.measuring import Event, measured
from platforms.bridge.server import AskedWronglyError, Bridge, answer

NOW = 10_000.0
SECRET = "secret"


def requests(version: str, statuses: list[int], *, at: float = NOW - 1) -> str:
    return "".join(f"{at},{version},{status},{12.5 + place}\n" for place, status in enumerate(statuses))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "requests.log"
    path.write_text(requests("canary", [200] * 199 + [500]) + requests("stable", [200] * 10))
    return path


@pytest.fixture
def bridge(log: Path) -> Iterator[Bridge]:
    with Bridge(("127.0.0.1", 0), log, SECRET, lambda: NOW) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield server
        server.shutdown()
        serving.join(10)


def ask(bridge: Bridge, path: str, token: str = SECRET) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", bridge.server_port, timeout=10)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def test_it_answers_with_value_number_and_window(bridge: Bridge) -> None:
    told = ask(bridge, "/v1/error-rate-percent?version=canary&window=300")
    assert told == (200, {"value": 0.5, "n": 200, "window": 300})


def test_the_p95_is_a_duration_that_was_measured(bridge: Bridge) -> None:
    told = ask(bridge, "/v1/p95-milliseconds?version=stable&window=300")
    assert told == (200, {"value": 21.5, "n": 10, "window": 300})


def test_nothing_measured_is_null_and_never_zero(bridge: Bridge) -> None:
    told = ask(bridge, "/v1/error-rate-percent?version=unheard&window=300")
    assert told == (200, {"value": None, "n": 0, "window": 300})


def test_a_wrong_token_is_told_nothing(bridge: Bridge) -> None:
    status, told = ask(bridge, "/v1/error-rate-percent?version=canary&window=300", token="guess")
    assert (status, list(told)) == (401, ["error"])


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/v1/luck?version=a&window=60", "there are /v1/error-rate-percent"),
        ("/v1/error-rate-percent?window=60", "version is missing"),
        ("/v1/error-rate-percent?version=a", "10 to 86400"),
        ("/v1/error-rate-percent?version=a&window=9", "10 to 86400"),
        ("/v1/error-rate-percent?version=a&window=1e3", "10 to 86400"),
        ("/v1/error-rate-percent?version=a&window=" + "9" * 5000, "10 to 86400"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_a_sentence(
    bridge: Bridge, path: str, sentence: str
) -> None:
    status, told = ask(bridge, path)
    assert status == 400
    assert sentence in str(told["error"])


def test_a_source_that_is_gone_is_no_measurement(bridge: Bridge, log: Path) -> None:
    log.unlink()
    status, told = ask(bridge, "/v1/error-rate-percent?version=canary&window=300")
    assert status == 502
    assert "No such file" in str(told["error"])


def test_lines_that_are_none_are_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"00,canary,2\n" + requests("canary", [200]).encode() + b"x,y,z,w\n\xff\n1,2")
    assert [event.status for event in events(log)] == [200]


def test_a_missing_source_says_which(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        list(events(tmp_path / "nowhere"))


def test_what_is_not_asked_for_rightly_is_refused_without_a_server(tmp_path: Path) -> None:
    with pytest.raises(AskedWronglyError):
        answer("/", tmp_path, NOW)


@given(st.lists(st.integers(200, 599), min_size=1, max_size=40), st.integers(0, 10))
def test_an_error_rate_is_the_share_of_server_errors_within_the_window(
    statuses: list[int], older: int
) -> None:
    def event(status: int, at: float) -> Event:
        return Event(at=at, version="v", status=status, milliseconds=1)

    inside = [event(status, NOW - 1) for status in statuses]
    outside = [event(500, NOW - 61)] * older + [event(500, NOW + 1)] * older
    told = measured("error-rate-percent", outside + inside, version="v", window=60, now=NOW)
    assert told.n == len(statuses)
    assert told.value == pytest.approx(100 * sum(status >= 500 for status in statuses) / len(statuses))
