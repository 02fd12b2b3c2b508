"""What requests a step means, compared and combined with what a rule of an HTTPRoute or GRPCRoute matches."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import MatchStyle

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
    "1.0" means just that.

    Raises:
        RoutingError: There is nothing to compare with. The first words are those of the existing plugin.
    """
    if value.exact:
        return {"type": "Exact", "name": name, "value": value.exact}
    if value.is_empty():
        raise RoutingError(
            f'invalid header match type: header "{name}" of the step needs exact, prefix or regex, not empty'
        )
    pattern = f"{_escaped(value.prefix)}.*" if value.prefix else value.regex
    return {"type": "RegularExpression", "name": name, "value": pattern}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMatch:
    """One match of a step; all of its conditions have to hold."""

    method: TextMatch | None = None
    path: TextMatch | None = None
    headers: Mapping[str, TextMatch] = field(default_factory=dict)


def is_within(style: MatchStyle, match: Mapping[str, Any], wish: RequestMatch) -> bool:
    """Whether every request that the rule's match takes is one that the step means."""
    both = conjunction(style, match, wish)
    return both is not None and _plain(both) == _plain(match)


def conjunction(
    style: MatchStyle, match: Mapping[str, Any], wish: RequestMatch | None
) -> dict[str, Any] | None:
    """A match for the requests that both mean; None when there are none, or none that can be told."""
    both: dict[str, Any] | None = copy.deepcopy(dict(match))
    if wish is None:
        return both
    for narrow in (_call, _no_verb, _headers) if style is MatchStyle.CALL else (_path, _verb, _headers):
        if both is not None:
            both = narrow(both, wish)
    return both


def _path(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    if wish.path is None:
        return match
    own = match.get("path") or {"type": "PathPrefix", "value": "/"}
    asked = _path_condition(wish.path)
    if own == asked or _covers(asked, own):
        return match
    return {**match, "path": asked} if _covers(own, asked) else None


def _path_condition(path: TextMatch) -> dict[str, str]:
    if path.is_empty():
        raise RoutingError("a path match of setMirrorRoute needs exact, prefix or regex, not empty")
    if path.regex and not path.exact and not path.prefix:
        return {"type": "RegularExpression", "value": path.regex}
    return (
        {"type": "Exact", "value": path.exact} if path.exact else {"type": "PathPrefix", "value": path.prefix}
    )


def _covers(wide: Mapping[str, str], narrow: Mapping[str, str]) -> bool:
    """Whether a path prefix takes all that a path or a longer prefix takes; prefixes go by path elements."""
    if wide.get("type") != "PathPrefix" or narrow.get("type") == "RegularExpression":
        return wide == {"type": "PathPrefix", "value": "/"}
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
    """A step's path as gRPC has it: /service/method exactly, or /service as a prefix."""
    if wish.path is None:
        return match
    if not _names_a_call(wish.path):
        return None
    service, _, method = (wish.path.exact or wish.path.prefix).strip("/").partition("/")
    asked = {"service": service, "method": method} if method else {"service": service}
    own = match.get("method") or {}
    if own.get("type", "Exact") != "Exact" or any(
        own.get(part, text) != text for part, text in asked.items()
    ):
        return None
    return {**match, "method": {"type": "Exact", **own, **asked}}


def _names_a_call(path: TextMatch) -> bool:
    parts = (path.exact or path.prefix).strip("/").split("/")
    return bool(parts[0]) and len(parts) in ({2} if path.exact else {1, 2})


def _headers(match: dict[str, Any], wish: RequestMatch) -> dict[str, Any] | None:
    own = list(match.get("headers") or ())
    by_name = {str(header.get("name", "")).lower(): header for header in own}
    for name, text in sorted(wish.headers.items()):
        asked = header_condition(name, text)
        present = by_name.get(name.lower())
        if present is None:
            own.append(asked)
        elif (present.get("type") or "Exact", present.get("value")) != (asked["type"], asked["value"]):
            return None
    return {**match, "headers": own} if own else match


def _plain(match: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in match.items() if value}


def _escaped(text: str) -> str:
    return "".join(f"\\{each}" if each in _REGEX_CHARACTERS else each for each in text)
