"""The plugin's block of a Rollout as a validated value. Nothing here knows what routes exist.

The rules are those of the existing plugin, whose configuration must work unchanged: keys match without
regard to case, unknown keys are ignored, values are strictly typed, null is as good as absent, routes count
in the order list, single, selected.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.labels import Label, LabelSelector, check_label, selector_query
from rollouts_router.core.model import Rollout
from rollouts_router.core.routes import RouteKey

PLUGIN_NAME: Final = "argoproj-labs/gatewayAPI"
BLOCK: Final = f'spec.strategy.canary.trafficRouting.plugins["{PLUGIN_NAME}"]'
_DEFAULT_LABEL: Final = Label("rollouts.argoproj.io/gatewayapi-canary", "in-progress")
_FORMER_KEYS: Final = frozenset({"configmap"})  # removed from the existing plugin in 0.13, still in manifests
_MAX_ROUTES: Final = 1000  # named in one block; far above any real Rollout, and it bounds one call's work

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class NamedRoute:
    """A route given by name, and the field that named it."""

    name: str
    field: str
    use_header_routes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSource:
    """Where routes of one kind come from: names, a label selector (None: not used; "": every route), or both."""

    kind: RouteKind
    named: tuple[NamedRoute, ...]
    selector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginConfig:
    """The block as the router uses it. `hints` say which unknown keys were ignored and what was perhaps meant."""

    namespace: str
    sources: tuple[RouteSource, ...]
    label: Label | None
    hints: tuple[str, ...]

    def named_routes(self, *, with_headers: bool = False) -> tuple[RouteKey, ...]:
        """Routes given by name; with `with_headers` only those that take header routes.

        `useHeaderRoutes` means nothing for kinds without such, as in the existing plugin.
        """
        return tuple(
            RouteKey(source.kind, self.namespace, route.name)
            for source in self.sources
            for route in source.named
            if not with_headers or (route.use_header_routes and source.kind.managed_rules)
        )


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    use_header_routes: bool = False


def parse_config(rollout: Rollout) -> PluginConfig:
    """Read the plugin's block of `rollout`.

    Raises:
        RoutingError: Names the field and what was expected.
    """
    block = _Block(rollout)
    sources = tuple(source for kind in KINDS if (source := _source(block, kind)))
    return PluginConfig(
        namespace=block.get("namespace", str) or rollout.namespace,
        sources=sources,
        label=_label(block),
        hints=tuple(block.hints()),
    )


def _source(block: "_Block", kind: RouteKind) -> RouteSource | None:
    listed = block.get(f"{kind.field}s", list[_Entry]) or []
    if len(listed) > _MAX_ROUTES:
        raise RoutingError(
            f"{block.where(f'{kind.field}s')}: {len(listed)} routes; at most {_MAX_ROUTES} can be named"
        )
    routes = [
        NamedRoute(entry.name, f"{kind.field}s[{at}].name", entry.use_header_routes)
        for at, entry in enumerate(listed)
    ]
    for route in routes:
        if not route.name:
            raise RoutingError(f"{block.where(route.field)} is empty: expected a name of kind {kind.name}")
    if single := block.get(kind.field, str):
        routes.append(NamedRoute(single, kind.field, use_header_routes=True))
    selector = block.get(f"{kind.field}Selector", LabelSelector)
    query = None if selector is None else selector_query(block.where(f"{kind.field}Selector"), selector)
    if not routes and query is None:
        return None
    return RouteSource(kind=kind, named=_unique(routes), selector=query)


def _unique(routes: list[NamedRoute]) -> tuple[NamedRoute, ...]:
    """The same route named twice is one route; header routes are on when one of its entries says so."""
    merged: dict[str, NamedRoute] = {}
    for route in routes:
        first = merged.get(route.name, route)
        headers = first.use_header_routes or route.use_header_routes
        merged[route.name] = NamedRoute(first.name, first.field, headers)
    return tuple(merged.values())


def _label(block: "_Block") -> Label | None:
    key = block.get("inProgressLabelKey", str) or _DEFAULT_LABEL.key
    value = block.get("inProgressLabelValue", str) or _DEFAULT_LABEL.value
    if block.get("disableInProgressLabel", bool):
        return None  # the existing plugin does not look at what is not used either
    check_label(block.where("inProgressLabelKey"), key, "")
    check_label(block.where("inProgressLabelValue"), key, value)
    return Label(key, value)


_KEYS: Final = (
    "namespace",
    "disableInProgressLabel",
    "inProgressLabelKey",
    "inProgressLabelValue",
    *(f"{kind.field}{suffix}" for kind in KINDS for suffix in ("", "s", "Selector")),
)
# Names that are fields at any depth. The keys of matchLabels are data and keep their case.
_NESTED: Final = ("name", "useHeaderRoutes", "matchLabels", "matchExpressions", "key", "operator", "values")
_FOLDED: Final = {name.casefold(): name for name in (*_KEYS, *_NESTED)}
_KNOWN: Final = frozenset(key.casefold() for key in _KEYS) | _FORMER_KEYS


class _Block:
    """The decoded block with its keys spelled as documented; asks for one field at a time."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout
        self._fields = self._decode(rollout.plugin_config)
        self._ignored = [key for key in self._fields if key.casefold() not in _KNOWN]

    def get(self, field: str, kind: type[_T]) -> _T | None:
        value = self._fields.get(field)
        if value is None:
            return None
        try:
            return msgspec.convert(value, type=kind, strict=True)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            where = self.where(field + path.removesuffix("`"))
            raise RoutingError(f"{where}: {text[:1].lower()}{text[1:]}") from error

    def where(self, field: str) -> str:
        return f"{self._rollout}: {BLOCK}.{field}"

    def hints(self) -> Iterator[str]:
        for key in sorted(self._ignored):
            close = difflib.get_close_matches(
                key.casefold(), [name.casefold() for name in _KEYS], n=1, cutoff=0.7
            )
            guess = f', did you mean "{_FOLDED[close[0]]}"?' if close else ""
            yield f'unknown key "{key}" is ignored{guess}'

    def _decode(self, raw: bytes | None) -> dict[str, object]:
        if raw is None:
            raise RoutingError(f"{self._rollout}: {BLOCK} is missing; it says which routes to use")
        try:
            block = msgspec.json.decode(raw)
            if isinstance(block, dict):
                return _canonical(block)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RoutingError(f"{self._rollout}: {BLOCK} is not JSON: {error}") from error
        raise RoutingError(f"{self._rollout}: {BLOCK}: expected an object with routes")


def _canonical(value: Mapping[str, object]) -> dict[str, object]:
    """Field names as documented, null fields dropped; a later key of the same name wins, as in Go."""
    fields: dict[str, object] = {}
    for key, entry in value.items():
        name = _FOLDED.get(key.casefold(), key)
        if entry is not None:
            fields[name] = entry if name == "matchLabels" else _canonical_value(entry)
    return fields


def _canonical_value(value: object) -> object:
    if isinstance(value, dict):
        return _canonical(value)
    if isinstance(value, list):
        return [_canonical_value(entry) for entry in value]
    return value
