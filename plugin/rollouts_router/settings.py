"""What the command line and the environment ask of the process, as one frozen value.

The flags are those of the existing Gateway API plugin, and some of our own, and are read by the rules of Go's ``flag``
package, because they come from `args` of a ConfigMap item that was written for that plugin. Neither argparse nor anything
built on it can do that: it wants two dashes for long names, abbreviates them, and takes a negative number for an option.

Read before the handshake line: a wrong flag must end the launch, not the first call. Nothing here acts on a setting.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOG_LEVEL_VARIABLE: Final = "ROLLOUTS_ROUTER_LOG_LEVEL"
"""Sets the log level where flags cannot: controllers before v1.7 pass no `args`."""


class Flag(NamedTuple):
    """One flag of the plugin: what `-help` prints of it, and what the documentation's table is made of.

    `takes` is Go's word for the value, `default` what counts without the flag.
    """

    name: str
    takes: str
    default: str
    meaning: str


FLAGS: Final = (
    Flag(
        "allowed-namespaces",
        "string",
        "all",
        "namespaces in which routes may be written, separated by commas",
    ),
    Flag(
        "keda",
        "string",
        "off",
        "what Rollouts without a keda block get: off, gate (wait while KEDA has one at zero) or hold",
    ),
    Flag(
        "keda-sweep-seconds",
        "int",
        "300",
        "how often, 1..86400, ScaledObjects that are held are looked through",
    ),
    Flag(
        "kubeClientBurst",
        "int",
        "no limit",
        "requests that may go at once beyond the QPS; 10 when only that is given, 0 is no limit of its own",
    ),
    Flag(
        "kubeClientQPS",
        "int",
        "no limit",
        "requests a second to the API server, all Rollouts together; 5 when only the burst is given, 0 is no limit",
    ),
    Flag(
        "logformat",
        "string",
        "json",
        "json (the controller shows lines at their level, with their keys) or text",
    ),
    Flag(
        "loglevel",
        "string",
        "info",
        f"trace, debug, info, warn or error; ${LOG_LEVEL_VARIABLE} says it where flags cannot",
    ),
    Flag(
        "metrics-listen",
        "string",
        "nowhere",
        "host:port, an IP address or localhost, where /metrics is published over plain HTTP: weights and writes",
    ),
    Flag(
        "protocol",
        "string",
        "netrpc",
        "what the host speaks that launches the plugin: netrpc, as Argo Rollouts does, or grpc",
    ),
)

USAGE: Final = "Usage of rollouts-router:\n" + "".join(
    f"  -{flag.name} {flag.takes}\n    \t{flag.meaning} (default {flag.default})\n" for flag in FLAGS
)

_NAMES: Final = frozenset(flag.name for flag in FLAGS)
_NAMESPACE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # a DNS label, RFC 1123
_LISTEN: Final = re.compile(r"(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]):\d{1,5}")
_DEFAULT_QPS: Final = 5  # what the existing plugin takes when the flag is absent
_DEFAULT_BURST: Final = 10
_INT64: Final = 1 << 63
_SWEEP_SECONDS: Final = 300
_LONGEST_SWEEP: Final = 86_400  # a hold that nobody needs any more costs money for so long


class LogFormat(Enum):
    """How a log line is written; the text is the flag's value."""

    JSON = "json"
    TEXT = "text"


class LogLevel(Enum):
    """The five levels the controller's logger knows, mildest first."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class Protocol(Enum):
    """What the plugin's host speaks; the text is the flag's value and stands in the handshake line."""

    NETRPC = "netrpc"
    GRPC = "grpc"


class KedaMode(Enum):
    """What Rollouts without a keda block get; the text is the flag's value."""

    OFF = "off"
    GATE = "gate"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit on requests to the API server: `qps` a second, `burst` at once; both at least 1."""

    qps: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the process can be told at its launch; no allowed namespaces means all of them.

    `keda_sweep_seconds` is 1..86400; no `metrics_listen` means that metrics are published nowhere.
    """

    allowed_namespaces: frozenset[str] = frozenset()
    keda: KedaMode = KedaMode.OFF
    keda_sweep_seconds: int = _SWEEP_SECONDS
    throttle: Throttle | None = None
    log_format: LogFormat = LogFormat.JSON
    log_level: LogLevel = LogLevel.INFO
    metrics_listen: str = ""
    protocol: Protocol = Protocol.NETRPC


class UsageError(Exception):
    """The command line cannot be used; the text is what belongs on stderr, usage included."""

    exit_code: Final = 2


class HelpRequested(Exception):  # noqa: N818 - asking for help is not an error
    """`-h` or `-help` was given; the text is the usage."""

    exit_code: Final = 0


def parse(arguments: "Sequence[str]", environ: "Mapping[str, str]") -> Settings:
    """Read the arguments after the program's name, and the one variable that stands for a flag.

    A flag given twice counts as given last. What follows the first argument that is no flag, or ``--``, is ignored.

    Raises:
        UsageError: a flag is unknown, malformed, lacks its value, or has one that cannot be read.
        HelpRequested: `-h` or `-help` comes before any such flaw.
    """
    given = dict(_flags(arguments))
    qps = _given_int(given, "kubeClientQPS")
    burst = _given_int(given, "kubeClientBurst")
    return Settings(
        allowed_namespaces=_namespaces(given.get("allowed-namespaces", "")),
        keda=_keda(given.get("keda", KedaMode.OFF.value)),
        keda_sweep_seconds=_sweep_seconds(_given_int(given, "keda-sweep-seconds")),
        throttle=_throttle(qps, burst),
        log_format=_log_format(given.get("logformat")),
        log_level=_log_level(given.get("loglevel"), environ.get(LOG_LEVEL_VARIABLE, "")),
        metrics_listen=_listen(given.get("metrics-listen", "")),
        protocol=_protocol(given.get("protocol", Protocol.NETRPC.value)),
    )


def go_int(text: str) -> int:
    """Read an integer as Go's ``int`` flags do: a sign, a base prefix, ``_`` between digits, 64 bits.

    Raises:
        ValueError: the text is no such number; the message is Go's.
    """
    digits = text.lstrip("+-")
    # Python's int() would also take spaces, other scripts' digits and more.
    plain = text.isascii() and digits.replace("_", "").isalnum() and digits[0].isdigit()
    if not plain or len(text) - len(digits) > 1:
        raise ValueError("parse error")
    octal = (digits[0] == "0" and digits[1:2].isdigit()) or digits[:2] == "0_"
    try:
        # A leading zero means octal in Go, and is refused by Python's own guess of the base.
        value = int(digits, 8 if octal else 0)
    except ValueError:
        raise ValueError("parse error") from None
    value = -value if text[0] == "-" else value
    if not -_INT64 <= value < _INT64:
        raise ValueError("value out of range")
    return value


def namespaces(value: str) -> frozenset[str]:
    """Read names between commas; none is "all". What is meant as a limit and is none must not pass for that.

    Raises:
        ValueError: there is something else between the commas.
    """
    names = [name.strip() for name in value.split(",")] if value else []
    if not all(map(_NAMESPACE.fullmatch, names)):
        raise ValueError("must be names of namespaces, separated by commas")
    return frozenset(names)


def _flags(arguments: "Sequence[str]") -> "Iterator[tuple[str, str]]":
    """Yield (name, value) for each flag, in order, by the rules of Go's ``flag.FlagSet.Parse``."""
    rest = iter(arguments)
    for argument in rest:
        if len(argument) < 2 or argument[0] != "-" or argument == "--":
            return
        body = argument[2:] if argument[1] == "-" else argument[1:]
        if body[0] in "-=":
            raise _flaw(f"bad flag syntax: {argument}")
        name, equals, value = body.partition("=")
        if name in {"h", "help"}:
            raise HelpRequested(USAGE)
        if name not in _NAMES:
            raise _flaw(f"flag provided but not defined: -{name}")
        yield name, value if equals else _next_value(name, rest)


def _next_value(name: str, rest: "Iterator[str]") -> str:
    """Take the following argument as the value, even when it begins with a dash."""
    for value in rest:
        return value
    raise _flaw(f"flag needs an argument: -{name}")


def _flaw(text: str) -> UsageError:
    """Go prints the flaw and then the usage, and so do we."""
    return UsageError(f"{text}\n{USAGE}")


def _invalid(name: str, value: str, reason: str) -> UsageError:
    return _flaw(f'invalid value "{value}" for flag -{name}: {reason}')


def _namespaces(value: str) -> frozenset[str]:
    try:
        return namespaces(value)
    except ValueError as error:
        raise _invalid("allowed-namespaces", value, str(error)) from None


def _given_int(given: "Mapping[str, str]", name: str) -> int | None:
    if name not in given:
        return None
    try:
        return go_int(given[name])
    except ValueError as error:
        raise _invalid(name, given[name], str(error)) from None


def _keda(value: str) -> KedaMode:
    modes = {mode.value: mode for mode in KedaMode}
    if value not in modes:
        raise _invalid("keda", value, f"must be one of {', '.join(modes)}")
    return modes[value]


def _sweep_seconds(given: int | None) -> int:
    seconds = _SWEEP_SECONDS if given is None else given
    if not 0 < seconds <= _LONGEST_SWEEP:
        raise _invalid("keda-sweep-seconds", str(seconds), f"must be 1 to {_LONGEST_SWEEP}")
    return seconds


def _throttle(qps: int | None, burst: int | None) -> Throttle | None:
    """Combine two flags that were given, or not, on their own.

    Zero, or a negative rate, leaves the client's own default: no limit. A burst of nothing would be no setting at all.
    """
    if qps is None and burst is None:
        return None
    rate = _DEFAULT_QPS if qps is None else qps
    if rate <= 0:
        return None
    return Throttle(qps=rate, burst=burst if burst is not None and burst > 0 else _DEFAULT_BURST)


def _log_format(value: str | None) -> LogFormat:
    """Absent means JSON, since the controller shows nothing else at its level; any odd word is text."""
    if value is None or value.lower() == LogFormat.JSON.value:
        return LogFormat.JSON
    return LogFormat.TEXT


def _log_level(flag: str | None, variable: str) -> LogLevel:
    """The flag decides; a variable that names no level is ignored, as it may be meant for others."""
    levels = {level.value: level for level in LogLevel}
    if flag is None:
        return levels.get(variable.lower(), LogLevel.INFO)
    if flag.lower() not in levels:
        raise _invalid("loglevel", flag, f"must be one of {', '.join(levels)}")
    return levels[flag.lower()]


def _listen(address: str) -> str:
    """The shape alone; whether it can be listened there is seen later."""
    if address and not _LISTEN.fullmatch(address):
        raise _invalid("metrics-listen", address, "must be host:port, host an IP address or localhost")
    return address


def _protocol(word: str) -> Protocol:
    """Only the exact word: the host would refuse another protocol than its own, in its own words."""
    try:
        return Protocol(word)
    except ValueError:
        raise _invalid("protocol", word, "must be netrpc or grpc") from None
