"""What a message of the contract asks for, as the router's values. Fields that cannot be meant are refused by path."""

from collections.abc import Sequence
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct, Value

from rollouts_router.core.matches import MAX_HEADERS, RequestMatch, TextMatch
from rollouts_router.core.weigh import MAX_REFS
from rollouts_router.router.ports import Experiment
from rollouts_router.v1 import traffic_router_pb2 as v1

MAX_MATCHES: Final = 64
"""Matches of one mirror step: Gateway API, matches of an HTTPRoute's rule, maxItems."""

MIN_INTERVAL: Final = 1.0
"""Seconds between two looks of a watch; more often an API server should not be asked by everybody."""

MAX_INTERVAL: Final = 60.0
DEFAULT_INTERVAL: Final = 2.0
_NANO: Final = 1e-9


class RequestError(Exception):
    """The request itself cannot be meant: `text` says why, `field` is the path in the request."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
        self.text = text


def experiments(destinations: Sequence[v1.WeightDestination]) -> tuple[Experiment, ...]:
    """The Services of an experiment step. Raises RequestError."""
    _at_most(MAX_REFS, destinations, "additional_destinations")
    for at, each in enumerate(destinations):
        _require(each.service, f"additional_destinations[{at}].service")
    return tuple(Experiment(each.service, each.weight) for each in destinations)


def managed_name(name: str) -> str:
    """The name of a managed route. Raises RequestError."""
    _require(name, "name")
    return name


def header_match(given: Sequence[v1.HeaderMatch]) -> dict[str, TextMatch]:
    """The headers of a header step, by name. Raises RequestError."""
    _at_most(MAX_HEADERS, given, "match")
    found: dict[str, TextMatch] = {}
    for at, each in enumerate(given):
        _require(each.name, f"match[{at}].name")
        if each.name in found:
            raise RequestError(f"match[{at}].name", f'the header "{each.name}" is there already')
        found[each.name] = _text(each.value, f"match[{at}].value")
    return found


def request_matches(given: Sequence[v1.RequestMatch]) -> tuple[RequestMatch, ...]:
    """The matches of a mirror step. Raises RequestError."""
    _at_most(MAX_MATCHES, given, "match")
    return tuple(_request_match(each, f"match[{at}]") for at, each in enumerate(given))


def percentage(request: v1.SetMirrorRouteRequest) -> int | None:
    """How many requests of 100 are mirrored; None: all. Raises RequestError.

    From the controller 0 means all, as it does not travel; here it can be told apart, and nobody would mean that.
    """
    if not request.HasField("percentage"):
        return None
    if not 1 <= request.percentage <= 100:
        raise RequestError(
            "percentage", f"{request.percentage} is not in 1..100; leave it out for all requests"
        )
    return request.percentage


def interval(request: v1.WatchRequest) -> float:
    """Seconds between two looks. Raises RequestError."""
    if not request.HasField("interval"):
        return DEFAULT_INTERVAL
    seconds = request.interval.seconds + request.interval.nanos * _NANO
    if not MIN_INTERVAL <= seconds <= MAX_INTERVAL:
        raise RequestError("interval", f"{seconds:g} s is not in {MIN_INTERVAL:g}..{MAX_INTERVAL:g} s")
    return seconds


def reference(source: v1.RolloutReference) -> tuple[str, str]:
    """Namespace and name of a Rollout that is referred to. Raises RequestError."""
    for field, value in (("namespace", source.namespace), ("name", source.name)):
        _require(value, f"rollout.reference.{field}")
        # As path segments they would lead to another object than the one that was meant.
        if value in {".", ".."} or "/" in value or "%" in value:
            raise RequestError(f"rollout.reference.{field}", f'"{value}" cannot be the name of anything')
    return source.namespace, source.name


def document(struct: Struct) -> dict[str, Any]:
    """A Struct as JSON. Its numbers are all floating; whole ones become integers, as they were written."""
    return {name: _json(value) for name, value in struct.fields.items()}


def _json(value: Value) -> object:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return document(value.struct_value)
        case "list_value":
            return [_json(entry) for entry in value.list_value.values]
        case _:
            return None


def _request_match(given: v1.RequestMatch, path: str) -> RequestMatch:
    if given.HasField("method") and not given.method.exact:
        raise RequestError(f"{path}.method", "a method can only be compared with exact")
    return RequestMatch(
        method=_text(given.method, f"{path}.method") if given.HasField("method") else None,
        path=_text(given.path, f"{path}.path") if given.HasField("path") else None,
        headers={
            name: _text(value, f'{path}.headers["{name}"]') for name, value in sorted(given.headers.items())
        },
    )


def _text(given: v1.TextMatch, path: str) -> TextMatch:
    found = TextMatch(exact=given.exact, prefix=given.prefix, regex=given.regex)
    if found.is_empty():
        raise RequestError(path, "one of exact, prefix and regex has to be set, and not to an empty text")
    return found


def _require(value: str, path: str) -> None:
    if not value:
        raise RequestError(path, "it has to be set")


def _at_most(most: int, given: Sequence[object], path: str) -> None:
    if len(given) > most:
        raise RequestError(path, f"{len(given)} entries; at most {most} are possible")
