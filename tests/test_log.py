"""What the controller reads on our stderr: whole JSON lines whose reserved keys are strings."""

import importlib
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router import log

NOON = datetime(2024, 3, 5, 12, 0, 0, 7, tzinfo=UTC)


class Unprintable:
    """A value whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Written:
    """Collects what a logger writes, one entry for each write."""

    def __init__(self, *, text: bool = False, least: str = "debug") -> None:
        self.writes: list[bytes] = []
        self.log = log.configure(text=text, least=least, now=lambda: NOON, write=self.writes.append)

    def only(self) -> dict[str, object]:
        """Return the one line as the controller reads it."""
        (line,) = self.writes
        return controller_reads(line)


def controller_reads(line: bytes) -> dict[str, object]:
    """Read a line by the controller's rules, which panic where these assertions fail."""
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= log.MAX_LINE
    value = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert isinstance(value, dict)
    assert value["@level"] in {"trace", "debug", "info", "warn", "error"}
    assert isinstance(value["@message"], str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", str(value["@timestamp"]))
    return value


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.builds(ValueError, st.text())
    | st.builds(Unprintable),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
keys = st.sampled_from(["@level", "@message", "@timestamp", "@", "event", "self", "level"]) | st.text()


@given(event=anything, values=st.dictionaries(keys, anything))
def test_no_argument_can_make_a_line_the_controller_panics_on(event: str, values: dict[str, object]) -> None:
    """Events and values of any type, under any key, still make one whole line."""
    written = Written()

    written.log.error(event, **values)

    assert written.only()["@level"] == "error"


@given(event=anything, values=st.dictionaries(keys, anything))
def test_a_text_line_is_one_line_of_ascii_with_its_level_in_front(
    event: str, values: dict[str, object]
) -> None:
    written = Written(text=True)

    written.log.warning(event, **values)

    (line,) = written.writes
    assert line.startswith(b"[WARN] ")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert len(line) <= log.MAX_LINE + 1


def test_a_line_carries_its_event_and_values() -> None:
    written = Written()

    written.log.info("weight set", rollout="ns/demo", weight=30, verified=True, route=None)

    assert written.only() == {
        "@level": "info",
        "@message": "weight set",
        "@timestamp": "2024-03-05T12:00:00.000007Z",
        "rollout": "ns/demo",
        "weight": 30,
        "verified": True,
        "route": None,
    }


def test_a_text_line_quotes_what_is_not_one_word() -> None:
    written = Written(text=True)

    written.log.info('set "a"\nb', weight=30, route="r 1", empty="", ok=True)

    assert written.writes == [b'[INFO] set "a"\\nb weight=30 route="r 1" empty="" ok=true\n']


@pytest.mark.parametrize(
    ("least", "kept"),
    [
        ("trace", ["debug", "info", "warn", "error"]),
        ("debug", ["debug", "info", "warn", "error"]),
        ("info", ["info", "warn", "error"]),
        ("warn", ["warn", "error"]),
        ("error", ["error"]),
    ],
)
def test_only_lines_of_the_level_or_above_are_written(least: str, kept: list[str]) -> None:
    written = Written(least=least)

    written.log.debug("a")
    written.log.info("b")
    written.log.warning("c")
    written.log.error("d")

    assert [controller_reads(line)["@level"] for line in written.writes] == kept


def test_a_reserved_key_of_a_caller_is_kept_under_a_plain_name() -> None:
    written = Written()

    written.log.info("said", **{"@level": 5})

    line = written.only()
    assert line["@level"] == "info"
    assert line["level"] == 5


def test_values_too_long_for_a_line_leave_the_message() -> None:
    written = Written()

    written.log.info("kept", **{f"key{number}": "\N{GRINNING FACE}" * 10_000 for number in range(40)})

    line = written.only()
    assert line["@message"] == "kept"
    assert "too long" in str(line["cut"])


def test_one_long_value_is_cut() -> None:
    written = Written()

    written.log.info("x" * 10_000)

    assert str(written.only()["@message"]).endswith("x [cut]")


def test_integers_the_controller_would_round_are_text() -> None:
    written = Written()

    written.log.info("big", exact=2**53, large=2**53 + 1)

    line = written.only()
    assert (line["exact"], line["large"]) == (2**53, str(2**53 + 1))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [masked]"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJr.c2ln back", "got [masked] back"),
        ("proxy http://user:pw@proxy:3128", "proxy http://[masked]@proxy:3128"),
        ("{'token': 'abc', 'a': 1}", "{'token': '[masked]', 'a': 1}"),
        ("secrets in namespace token-review", "secrets in namespace token-review"),
    ],
)
def test_what_looks_like_a_secret_is_masked_in_any_text(text: str, shown: str) -> None:
    written = Written()

    written.log.info(text, value=text, error=ValueError(text))

    line = written.only()
    assert line["@message"] == shown
    assert line["value"] == shown
    assert line["error"] == f"ValueError: {shown}"


def test_what_is_named_like_a_secret_is_masked() -> None:
    written = Written()

    written.log.info("read", bearerToken="abc", client_secret=5)

    line = written.only()
    assert (line["bearerToken"], line["client_secret"]) == ("[masked]", "[masked]")


def failing() -> None:
    """Raise from a place with a name."""
    raise KeyError("backend")


def caught() -> KeyError:
    """Return an exception that has been through two frames."""
    try:
        failing()
    except KeyError as error:
        return error
    raise AssertionError("it fails")


def test_an_exception_is_one_line_with_type_text_and_place() -> None:
    assert re.fullmatch(
        r"KeyError: 'backend' at tests/test_log\.py:\d+ in failing < tests/test_log\.py:\d+ in caught",
        log.describe(caught()),
    )


def test_an_exception_group_is_told_by_its_members() -> None:
    group = ExceptionGroup("two", [ValueError("a"), ExceptionGroup("inner", [OSError()])])

    assert log.describe(group) == "ValueError: a; OSError"


def test_a_write_to_a_closed_stderr_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host may be gone before its last line is."""

    def gone(_descriptor: int, _line: bytes) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("os.write", gone)

    log.configure(text=False, least="info", now=lambda: NOON).info("unheard")


def test_by_default_a_line_is_one_write_to_the_stderr_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[tuple[int, bytes]] = []
    monkeypatch.setattr("os.write", lambda *call: writes.append(call))

    log.configure(text=False, least="info", now=lambda: NOON).info("heard")

    ((descriptor, line),) = writes
    assert descriptor == 2
    assert controller_reads(line)["@message"] == "heard"


@pytest.fixture
def routed() -> Iterator[Written]:
    """Route the process's output into a list, and put everything back."""
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    written = Written()
    log.route_everything(written.log)
    yield written
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def test_a_librarys_error_is_a_warning_of_ours_and_has_no_traceback(routed: Written) -> None:
    logging.getLogger("asyncio").error("Task exception was never %s", "retrieved", exc_info=caught())

    line = routed.only()
    assert line["@level"] == "warn"
    assert line["@message"] == "Task exception was never retrieved"
    assert line["logger"] == "asyncio"
    assert str(line["error"]).startswith("KeyError: 'backend' at ")


def test_a_librarys_chatter_is_for_debugging(routed: Written) -> None:
    logging.getLogger("aiohttp.access").info("GET /")

    assert routed.only()["@level"] == "debug"


def test_a_malformed_record_is_still_a_line(routed: Written) -> None:
    logging.getLogger("aiohttp").warning("%d routes", "no number")

    assert routed.only()["@level"] == "warn"


def test_a_python_warning_is_for_debugging(routed: Written) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("old", DeprecationWarning, "file.py", 3)

    line = routed.only()
    assert line["@level"] == "debug"
    assert "DeprecationWarning: old" in str(line["@message"])


def test_what_ends_the_process_or_a_thread_is_a_line(routed: Written) -> None:
    error = caught()
    sys.excepthook(KeyError, error, error.__traceback__)
    thread = threading.Thread(target=failing)
    thread.start()
    thread.join()

    lines = [controller_reads(line) for line in routed.writes]
    assert [line["@message"] for line in lines] == ["the plugin failed", "a thread failed"]
    assert all(str(line["error"]).startswith("KeyError: 'backend'") for line in lines)


def test_an_error_nobody_could_raise_is_a_line(routed: Written) -> None:
    sys.unraisablehook(_Unraisable(caught()))

    line = routed.only()
    assert (line["@level"], line["@message"]) == ("warn", "an error was ignored")


class _Unraisable:
    """Stands for the interpreter's own record, which cannot be constructed."""

    def __init__(self, error: BaseException) -> None:
        self.exc_type = type(error)
        self.exc_value = error
        self.exc_traceback = error.__traceback__
        self.err_msg = None
        self.object = None


# --- what is not imported ---------------------------------------------------------------------------------


def test_the_log_does_without_a_package_that_only_draws() -> None:
    code = "import sys, rollouts_router.log; print('rich' in sys.modules, 'structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our words

    assert done.stdout.split() == ["False", "True"]


def test_a_package_is_out_of_reach_only_meanwhile() -> None:
    with log._without("json"), pytest.raises(ImportError):
        importlib.import_module("json")
    assert sys.modules["json"] is json

    with log._without("no.such.package"):
        pass
    assert "no.such.package" not in sys.modules
