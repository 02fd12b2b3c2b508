"""What requests a step means, compared and combined with what a rule of an HTTPRoute or GRPCRoute matches."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import MatchStyle
from rollouts_router.core.routes import RouteKey, Rule
from rollouts_router.core.untyped import mapping

MAX_HEADERS: Final = 16  # Gateway API: headers of a match, maxItems
_EVERY_PATH: Final = {
    "type": "PathPrefix",
    "value": "/",
}  # what no path means, too (Gateway API, HTTPPathMatch)
_REGEX_CHARACTERS: Final = frozenset("\\.+*?()|[]{}^$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMatch:
    """How a text is compared: exactly, by its beginning, or by a regular expression; exact wins, then prefix."""

    exact: str = ""
    prefix: str = ""
    regex: str = ""

    def is_empty(self) -> bool:
        """Whether it compares with nothing."""
        return not (self.exact or self.prefix or self.regex)


def header_condition(name: str, value: TextMatch) -> dict[str, str]:
    """A header condition as the Gateway API writes it.

    The API knows no prefixes of headers: one becomes a regular expression, its special characters escaped, so that
    "1.0" means just that. It says where it begins: some gateways (Envoy's) match all of a value, others (Traefik) look
    for the expression anywhere in it.

    Raises:
        RoutingError: There is nothing to compare with. The first words are those of the existing plugin.
    """
    if value.exact:
        return {"type": "Exact", "name": name, "value": value.exact}
    if value.is_empty():
        raise RoutingError(
            f'invalid header match type: header "{name}" of the step needs exact, prefix or regex, not empty'
        )
    pattern = f"^{_escaped(value.prefix)}.*" if value.prefix else value.regex
    return {"type": "RegularExpression", "name": name, "value": pattern}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMatch:
    """One match of a step; all of its conditions have to hold."""

    method: TextMatch | None = None
    path: TextMatch | None = None
    headers: Mapping[str, TextMatch] = field(default_factory=dict)


class _Header(msgspec.Struct, frozen=True):
    name: str
    value: str
    type: str | None = None


class _Part(msgspec.Struct, frozen=True):
    """A path, or the method of a gRPC call."""

    type: str | None = None
    value: str | None = None
    service: str | None = None
    method: str | None = None


class _Match(msgspec.Struct, frozen=True):
    path: _Part | None = None
    method: str | _Part | None = None
    headers: list[_Header] | None = None


class _Rule(msgspec.Struct, frozen=True):
    matches: list[_Match] | None = None
    filters: list[dict[str, object]] | None = None


def require_readable(key: RouteKey, rule: Rule) -> None:
    """See to it that the functions here can read a rule's matches.

    Raises:
        RoutingError: It is not as the Gateway API has it.
    """
    try:
        msgspec.convert(rule.object, _Rule)
    except msgspec.ValidationError as error:
        raise RoutingError(f"{key}: rule {rule.index} is not as the Gateway API has it: {error}") from error


def own_matches(style: MatchStyle, rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a rule matches: one match for everything where it has none, as API servers fill it in."""
    everything = {} if style is MatchStyle.CALL else {"path": _EVERY_PATH}
    return rule.get("matches") or [everything]


def with_headers(match: Mapping[str, Any], asked: Iterable[Mapping[str, str]]) -> dict[str, Any] | None:
    """A match with these header conditions behind its own; None when it asks for another value of one of them.

    Names compare without regard to case, as in HTTP; the API's own key compares with it. Of several conditions on one
    header the first counts (Gateway API, HTTPRouteMatch.headers).
    """
    own: list[Mapping[str, Any]] = list(match.get("headers") or ())
    by_name: dict[str, Mapping[str, Any]] = {}
    for header in own:
        by_name.setdefault(header["name"].lower(), header)
    for condition in asked:
        present = by_name.setdefault(condition["name"].lower(), condition)
        if present is condition:
            own.append(condition)
        elif (present.get("type") or "Exact", present["value"]) != (condition["type"], condition["value"]):
            return None
    return {**match, "headers": own} if own else dict(match)


def is_within(style: MatchStyle, match: Mapping[str, Any], wish: RequestMatch) -> bool:
    """Whether every request that the rule's match takes is one that the step means."""
    both = conjunction(style, match, wish)
    return both is not None and _plain(both) == _plain(match)


def conjunction(style: MatchStyle, match: Mapping[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    """A match for the requests that both mean; None when there are none, or none that can be told."""
    both: dict[str, Any] | None = copy.deepcopy(dict(match))
    for narrow in (_call, _no_verb, _headers) if style is MatchStyle.CALL else (_path, _verb, _headers):
        if both is not None:
            both = narrow(both, wish)
    return both


@dataclass(frozen=True, slots=True)
class Shared:
    """The matches for requests that a rule and a step both mean.

    Attributes:
        level: Those that gateways put on one level with a match of the rule itself, so that the order of the list
            decides.
        above: Those that win over the rule wherever they stand, being more specific.
    """

    level: list[dict[str, Any]]
    above: list[dict[str, Any]]


def shared(style: MatchStyle, own: Iterable[Mapping[str, Any]], wishes: Iterable[RequestMatch]) -> Shared:
    """What a rule with these matches of its own has in common with what a step means, each match once.

    Source of what is more specific: Gateway API, HTTPRouteRule.matches and GRPCRouteRule.matches: a longer or exact
    path, a method, more headers. How a regular expression as the path compares with another path, it leaves open.
    """
    own, wishes = list(own), list(wishes)
    plain = [canonical(style, match) for match in own]
    found = Shared([], [])
    seen: list[dict[str, Any]] = []
    for match in own:
        for both in (conjunction(style, match, wish) for wish in wishes):
            if both is None or canonical(style, both) in seen:
                continue
            seen.append(canonical(style, both))
            is_level = seen[-1] in plain or (_has_pattern(both) and not _has_pattern(match))
            (found.level if is_level else found.above).append(both)
    return found


def canonical(style: MatchStyle, match: Mapping[str, Any]) -> dict[str, Any]:
    """A match such that those which mean the same by the API's defaults are equal."""
    plain = _plain(match)
    if style is MatchStyle.CALL:
        method = {"type": "Exact", **mapping(plain.get("method"))}
        return {**plain, "method": method} if "method" in plain else plain
    return {**plain, "path": {**_EVERY_PATH, **_plain(mapping(plain.get("path")))}}


def _has_pattern(match: Mapping[str, Any]) -> bool:
    return mapping(match.get("path")).get("type") == "RegularExpression"


def _path(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    if wish.path is None:
        return match
    own = {**_EVERY_PATH, **_plain(mapping(match.get("path")))}
    asked = _path_condition(wish.path)
    if own == asked or _covers(asked, own):
        return match
    return {**match, "path": asked} if _covers(own, asked) else None


def _path_condition(path: TextMatch) -> dict[str, str]:
    if path.is_empty():
        raise RoutingError("a path match of setMirrorRoute needs exact, prefix or regex, not empty")
    if path.exact:
        return {"type": "Exact", "value": path.exact}
    if path.prefix:
        return {"type": "PathPrefix", "value": path.prefix}
    return {"type": "RegularExpression", "value": path.regex}


def _covers(wide: Mapping[str, str], narrow: Mapping[str, str]) -> bool:
    """Whether a path prefix takes all that a path or a longer prefix takes; prefixes go by path elements."""
    if wide.get("type") != "PathPrefix" or narrow.get("type") == "RegularExpression":
        return wide == _EVERY_PATH
    prefix, value = wide["value"].rstrip("/"), narrow["value"]
    return value.rstrip("/") == prefix or value.startswith(f"{prefix}/")


def _verb(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    if wish.method is None:
        return match
    verb = _exact_verb(wish.method)
    own = match.get("method")
    if own is None:
        return {**match, "method": verb}
    return match if own == verb else None


def _no_verb(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    """GRPC calls are all POST."""
    return match if wish.method is None or _exact_verb(wish.method) == "POST" else None


def _exact_verb(method: TextMatch) -> str:
    if not method.exact:
        raise RoutingError(
            "a match of setMirrorRoute can compare the method only with exact, as in exact: GET"
        )
    return method.exact


def _call(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    """A step's path as gRPC has it: /service/method exactly, or /service as a prefix; the prefix / is every call."""
    if wish.path is None or _path_condition(wish.path) == _EVERY_PATH:
        return match
    if not _names_a_call(wish.path):
        return None
    service, _, method = (wish.path.exact or wish.path.prefix).strip("/").partition("/")
    asked = {"service": service, "method": method} if method else {"service": service}
    own = _plain(mapping(match.get("method")))
    if own.get("type", "Exact") != "Exact" or any(
        own.get(part, text) != text for part, text in asked.items()
    ):
        return None
    return match if asked.items() <= own.items() else {**match, "method": {"type": "Exact", **own, **asked}}


def _names_a_call(path: TextMatch) -> bool:
    parts = (path.exact or path.prefix).strip("/").split("/")
    return bool(parts[0]) and len(parts) in ({2} if path.exact else {1, 2})


def _headers(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    return with_headers(match, (header_condition(name, text) for name, text in sorted(wish.headers.items())))


def _plain(match: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is written and says nothing."""
    return {key: value for key, value in match.items() if value}


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in _REGEX_CHARACTERS else each for each in text)
