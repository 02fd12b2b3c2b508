"""Log lines on stderr, in a shape that the controller shows and cannot stumble over.

The controller reads our stderr line by line. It takes a line that is a JSON object for one of its own
logger's, and an ``@level``, ``@message`` or ``@timestamp`` in it that is not a string makes the
controller panic. So every line is made here, from strings, whatever the caller passes. One event is
one line, one write, and at most `MAX_LINE` bytes; a traceback never becomes lines.

After `route_everything` what libraries log, warn about or let escape comes through here as well.
Imported after the handshake only. Nothing here decides what is worth logging, but what looks like a
secret is masked.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from typing import Final, Protocol


@contextmanager
def _without(package: str) -> Iterator[None]:
    """What is imported meanwhile finds this package not installed."""
    there = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]  # documented: the import system raises for None
    try:
        yield
    finally:
        del sys.modules[package]
        if there is not None:
            sys.modules[package] = there


with _without(
    "rich"
):  # structlog would draw tracebacks with it, where it is installed: 4 MB that nobody here uses
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS: Final = ("trace", "debug", "info", "warn", "error")
"""The levels of the controller's logger, mildest first."""

MAX_LINE: Final = 60_000
"""Bytes in a line. The controller breaks lines at 64 KiB, and a broken one loses level and keys."""

_MAX_TEXT: Final = 4_000  # characters of one value; escaping may make twelve bytes of one of them
_MAX_KEY: Final = 100
_MAX_SAFE_INT: Final = 1 << 53  # the controller reads JSON numbers as 64-bit floats
_MAX_PLACES: Final = 3  # innermost frames named for an exception
_STDERR: Final = 2

_MASK: Final = "[masked]"
_SECRET_KEY: Final = re.compile(r"token|passw|secret|authorization", re.IGNORECASE)
_SECRET_TEXT: Final = re.compile(
    r"(?<=bearer )\S+"  # an authorization header
    r"|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"  # a JSON web token
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password in a URL
    r"""|(?<=token['"]: ['"])[^'"]+|(?<=password['"]: ['"])[^'"]+""",  # a printed dict
    re.IGNORECASE,
)


class Logger(Protocol):
    """What the rest of the program may do with a log: one sentence, and values that go with it.

    An exception is passed as a value (`error=error`); it becomes its type, text and place.
    """

    def debug(self, event: str, /, **values: object) -> None:
        """Say what only a developer asks for."""

    def info(self, event: str, /, **values: object) -> None:
        """Say what changed."""

    def warning(self, event: str, /, **values: object) -> None:
        """Say what somebody should look at, though the work went on."""

    def error(self, event: str, /, **values: object) -> None:
        """Say what could not be done."""


class _Line(structlog.BoundLoggerBase):
    """Structlog's context and processors behind `Logger`'s methods.

    Structlog's own filtering logger names its first parameter, so a value called ``event`` or
    ``self`` would be an error at the moment somebody wants to log one.
    """

    def debug(self, event: object, /, **values: object) -> None:
        self._write("debug", event, values)

    def info(self, event: object, /, **values: object) -> None:
        self._write("info", event, values)

    def warning(self, event: object, /, **values: object) -> None:
        self._write("warn", event, values)

    def error(self, event: object, /, **values: object) -> None:
        self._write("error", event, values)

    def _write(self, level: str, event: object, values: dict[str, object]) -> None:
        if level not in self._logger.dropped:
            positional, keywords = self._process_event(level, None, {**values, "@message": event})
            self._logger.write(*positional, **keywords)


class _Sink:
    """Where lines go that are of the least level or above; the lock keeps threads' lines apart."""

    def __init__(self, least: str, write: Callable[[bytes], None]) -> None:
        self.dropped = frozenset(LEVELS[: LEVELS.index(least)])
        self._write = write
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            self._write(line.encode("ascii") + b"\n")


def configure(
    *,
    text: bool,
    least: str,
    now: Callable[[], datetime],
    write: Callable[[bytes], None] | None = None,
) -> Logger:
    """Make a logger that writes lines of text, or else JSON, of the least of LEVELS or above.

    `now` returns an aware UTC time; `write` takes whole lines, and is stderr if not given.
    """
    render = _text_line if text else _json_line
    processors: list[Processor] = [_stamp(now), render]
    sink = _Sink(least, write or _write_stderr)
    logger: Logger = structlog.wrap_logger(
        sink, processors=processors, wrapper_class=_Line, context_class=dict
    ).bind()
    return logger


def route_everything(log: Logger) -> None:
    """Send what the standard library would print into `log`: its logging, warnings and tracebacks.

    What libraries say below warning level is for debugging; a Python warning is too. Changes the
    process for good, so it is called once, by the program and not by a library.
    """
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Bridge(log)], level=logging.DEBUG, force=True)
    logging.raiseExceptions = False  # a malformed record of a library would print a traceback
    sys.excepthook = lambda _kind, error, _place: log.error("the plugin failed", error=error)
    sys.unraisablehook = lambda args: log.warning("an error was ignored", error=args.exc_value)
    threading.excepthook = lambda args: log.error("a thread failed", error=args.exc_value)


class _Bridge(logging.Handler):
    """Carries the standard library's log records over."""

    def __init__(self, log: Logger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one record on, at warning or debug level."""
        values: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            values["error"] = record.exc_info[1]
        serious = record.levelno >= logging.WARNING and record.name != "py.warnings"
        say = self._log.warning if serious else self._log.debug
        say(_text(_Deferred(record.getMessage)), **values)


class _Deferred:
    """A text that is only made when asked for, so that a failure to make it is `_text`'s to handle."""

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def __str__(self) -> str:
        return self._make()


def describe(error: BaseException) -> str:
    """Say an exception in one line: type, text, the innermost places; a group by its members."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(describe(member) for member in error.exceptions)
    places = " < ".join(_places(error))
    text = _text(error)
    return f"{type(error).__name__}{': ' if text else ''}{text}{' at ' if places else ''}{places}"


def _places(error: BaseException) -> Iterator[str]:
    frames = list(traceback.walk_tb(error.__traceback__))[-_MAX_PLACES:]
    for frame, line in reversed(frames):
        # Two names of the path tell the module; the whole of it only tells how we were installed.
        path = "/".join(PurePath(frame.f_code.co_filename).parts[-2:])
        yield f"{path}:{line} in {frame.f_code.co_name}"


def _stamp(now: Callable[[], datetime]) -> Processor:
    """Put the three reserved keys first, and what callers named like them under another name."""

    def stamp(_logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
        reserved = {
            "@level": level,
            "@message": _masked(_text(event.pop("@message"))),
            "@timestamp": now().isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
        return reserved | dict(_values(event))

    return stamp


def _values(event: Mapping[str, object]) -> Iterator[tuple[str, str | int | None]]:
    for key, value in event.items():
        name = _text(key)[:_MAX_KEY].lstrip("@") or "value"
        yield name, _MASK if _SECRET_KEY.search(name) else _value(value)


def _value(value: object) -> str | int | None:
    """Leave what JSON can say and the controller can read; anything else becomes text."""
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int and abs(value) <= _MAX_SAFE_INT:
        return value
    return _masked(describe(value) if isinstance(value, BaseException) else _text(value))


def _text(value: object) -> str:
    """Return the value's text, cut; that of a value which cannot be printed is its type's name."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything, and a log line must not
        return type(value).__name__
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + " [cut]"


def _masked(text: str) -> str:
    return _SECRET_TEXT.sub(_MASK, text)


def _json_line(_logger: WrappedLogger, _level: str, event: EventDict) -> str:
    line = json.dumps(event)
    if len(line) <= MAX_LINE:
        return line
    reserved = {key: value for key, value in event.items() if key.startswith("@")}
    return json.dumps(reserved | {"cut": "the values were too long for one line"})


def _text_line(_logger: WrappedLogger, level: str, event: EventDict) -> str:
    """Write `[LEVEL] message key=value`; the controller reads the level from the prefix."""
    message = json.dumps(event["@message"])[1:-1].replace('\\"', '"')
    pairs = [f" {_bare(key)}={_bare(value)}" for key, value in event.items() if not key.startswith("@")]
    return f"[{level.upper()}] {message}{''.join(pairs)}"[:MAX_LINE]


def _bare(value: str | int | None) -> str:
    """Quote what would not read as one word."""
    quoted = json.dumps(value)
    word = quoted[1:-1]
    return word if isinstance(value, str) and word and not set(word) & set(' "\\=') else quoted


def _write_stderr(line: bytes) -> None:
    """Write to the descriptor itself: no buffer to lose at exit, and it may be gone with the host."""
    try:
        os.write(_STDERR, line)
    except OSError:
        return
