"""The plugin's block of a Rollout as a validated value. Nothing here knows what routes exist.

The rules are those of the existing plugin, whose configuration must work unchanged: keys match without
regard to case, unknown keys are ignored, values are strictly typed, null is as good as absent, routes count
in the order list, single, selected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar

import msgspec

from rollouts_router.core.backends import CORE_GROUP, SERVICE, Backend
from rollouts_router.core.errors import FieldError
from rollouts_router.core.keda.config import KEDA_KEYS, KedaBlock, KedaConfig, keda_config
from rollouts_router.core.kinds import KINDS, RouteKind
from rollouts_router.core.labels import Label, LabelSelector, check_label, selector_query
from rollouts_router.core.mirroring import Fraction, MirrorMode, unmanaged
from rollouts_router.core.model import Rollout
from rollouts_router.core.spelling import Spelling
from rollouts_router.core.verifying import VERIFY_KEYS, VerifyBlock, VerifyConfig, verify_config

PLUGIN_NAME: Final = "argoproj-labs/gatewayAPI"
BLOCK: Final = f'spec.strategy.canary.trafficRouting.plugins["{PLUGIN_NAME}"]'
_DEFAULT_LABEL: Final = Label("rollouts.argoproj.io/gatewayapi-canary", "in-progress")
_FORMER_KEYS: Final = frozenset({"configmap"})  # removed from the existing plugin in 0.13, still in manifests
_MAX_ROUTES: Final = 1000  # named in one block; far above any real Rollout, and it bounds one call's work

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRoute:
    """A route given by name, the field that named it, and the only rules of it that count (empty: all)."""

    name: str
    field: str
    use_header_routes: bool
    rule_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector as the API takes it ("" matches every route), and whether its routes take header routes."""

    query: str
    use_header_routes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSource:
    """Where routes of one kind come from: names, a label selector, or both."""

    kind: RouteKind
    named: tuple[NamedRoute, ...]
    selector: Selector | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginConfig:
    """The block as the router uses it.

    Attributes:
        namespace: Where the routes are.
        sources: Where to find them, in the order of the kinds.
        label: The in-progress label; None when it is switched off.
        rule_names: The only rules that count, by name; empty: all.
        mirror_mode: Where a mirror step's filter goes.
        mirror_fractions: How many requests a mirror step copies, by its managed route; its percentage where none is given.
        stable: The stable backend when it is no Service of the Rollout.
        canary: The canary backend when it is no Service of the Rollout.
        verify: How it is verified that a weight is live.
        hints: Which unknown keys were ignored, and what was perhaps meant.
        keda: What is wanted of the ScaledObject that drives the Rollout; None when the block says nothing of it.
    """

    namespace: str
    sources: tuple[RouteSource, ...]
    label: Label | None
    rule_names: tuple[str, ...]
    mirror_mode: MirrorMode
    mirror_fractions: Mapping[str, Fraction]
    stable: Backend | None
    canary: Backend | None
    verify: VerifyConfig
    hints: tuple[str, ...]
    keda: KedaConfig | None = None


_Name = Annotated[str, msgspec.Meta(min_length=1)]
_Names = Annotated[list[_Name], msgspec.Meta(max_length=_MAX_ROUTES)]
_RuleName: Final[type[str | list[str]]] = str | _Names  # type: ignore[assignment]  # a union is no type to mypy


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    use_header_routes: bool = False
    rule_name: str | _Names = ""


class _Selector(LabelSelector, frozen=True, kw_only=True, rename="camel"):
    use_header_routes: bool = False


class _BackendRef(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str = SERVICE
    group: str = CORE_GROUP
    namespace: str = ""


def parse_config(rollout: Rollout) -> PluginConfig:
    """Read the plugin's block of `rollout`.

    Raises:
        FieldError: Names the field and what was expected.
    """
    block = _Block(rollout)
    fractions = _fractions(block)
    sources = tuple(source for kind in KINDS if (source := _source(block, kind)))
    return PluginConfig(
        namespace=block.get("namespace", str) or rollout.namespace,
        sources=sources,
        label=_label(block),
        rule_names=_names(block.get("ruleName", _RuleName)),
        mirror_mode=block.get("mirrorMode", MirrorMode) or MirrorMode.FILTER,
        mirror_fractions=fractions,
        stable=_backend(rollout, block, "stableBackendRef"),
        canary=_backend(rollout, block, "canaryBackendRef"),
        verify=verify_config(block.where("verify"), block.get("verify", VerifyBlock) or VerifyBlock()),
        keda=keda_config(block.where("keda"), block.get("keda", KedaBlock)),
        hints=(*block.hints(), *unmanaged(f"{_FRACTIONS}.", fractions, rollout.managed_routes)),
    )


def _source(block: "_Block", kind: RouteKind) -> RouteSource | None:
    listed = block.get(f"{kind.field}s", list[_Entry]) or []
    if len(listed) > _MAX_ROUTES:
        raise FieldError(
            block.where(f"{kind.field}s"), f": {len(listed)} routes; at most {_MAX_ROUTES} can be named"
        )
    routes = [
        NamedRoute(
            name=entry.name,
            field=f"{kind.field}s[{at}].name",
            use_header_routes=entry.use_header_routes,
            rule_names=_names(entry.rule_name),
        )
        for at, entry in enumerate(listed)
    ]
    for route in routes:
        if not route.name:
            raise FieldError(block.where(route.field), f" is empty: expected a name of kind {kind.name}")
    if single := block.get(kind.field, str):
        routes.append(NamedRoute(name=single, field=kind.field, use_header_routes=True))
    selector = _selector(block, f"{kind.field}Selector")
    if not routes and selector is None:
        return None
    return RouteSource(kind=kind, named=_unique(routes), selector=selector)


def _selector(block: "_Block", field: str) -> Selector | None:
    selector = block.get(field, _Selector)
    if selector is None:
        return None
    return Selector(selector_query(block.where(field), selector), selector.use_header_routes)


def _names(given: str | list[str] | None) -> tuple[str, ...]:
    return tuple(given) if isinstance(given, list) else (given,) if given else ()


def _fractions(block: "_Block") -> Mapping[str, Fraction]:
    fractions = block.get(_FRACTIONS, dict[str, Fraction]) or {}
    for name, fraction in fractions.items():
        fraction.check(block.where(f"{_FRACTIONS}.{name}"))
    return fractions


def _backend(rollout: Rollout, block: "_Block", field: str) -> Backend | None:
    ref = block.get(field, _BackendRef)
    if ref is None:
        return None
    if not ref.name or not ref.kind:
        raise FieldError(block.where(field), ": expected a name and a kind")
    return Backend(ref.group, ref.kind, ref.namespace or rollout.namespace, ref.name)


def _unique(routes: list[NamedRoute]) -> tuple[NamedRoute, ...]:
    """The same route named twice is one route.

    Header routes are on when one of its entries says so; all rules count when one of them names none.
    """
    merged: dict[str, NamedRoute] = {}
    for route in routes:
        first = merged.get(route.name, route)
        narrowed = first.rule_names and route.rule_names
        merged[route.name] = replace(
            first,
            use_header_routes=first.use_header_routes or route.use_header_routes,
            rule_names=tuple(dict.fromkeys(first.rule_names + route.rule_names)) if narrowed else (),
        )
    return tuple(merged.values())


def _label(block: "_Block") -> Label | None:
    key = block.get("inProgressLabelKey", str) or _DEFAULT_LABEL.key
    value = block.get("inProgressLabelValue", str) or _DEFAULT_LABEL.value
    if block.get("disableInProgressLabel", bool):
        return None  # the existing plugin does not look at what is not used either
    check_label(block.where("inProgressLabelKey"), key, "")
    check_label(block.where("inProgressLabelValue"), key, value)
    return Label(key, value)


_FRACTIONS: Final = "mirrorFractions"
KEYS: Final = (
    "namespace",
    "disableInProgressLabel",
    "inProgressLabelKey",
    "inProgressLabelValue",
    "ruleName",
    "mirrorMode",
    _FRACTIONS,
    "stableBackendRef",
    "canaryBackendRef",
    "verify",
    "keda",
    *(f"{kind.field}{suffix}" for kind in KINDS for suffix in ("", "s", "Selector")),
)
# Names that are fields at any depth.
_NESTED: Final = (
    "name",
    "kind",
    "group",
    "useHeaderRoutes",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    *Fraction.__struct_fields__,
    *VERIFY_KEYS,
    *KEDA_KEYS,
)


# The keys of two maps are data: labels, and names of managed routes.
_SPELLING: Final = Spelling((*KEYS, *_NESTED), with_data_keys=("matchLabels", _FRACTIONS))


class _Block:
    """The decoded block with its keys spelled as documented; asks for one field at a time."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout
        self._fields = self._decode(rollout.plugin_config)

    def get(self, field: str, kind: type[_T]) -> _T | None:
        value = self._fields.get(field)
        if value is None:
            return None
        try:
            return msgspec.convert(value, type=kind, strict=True)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `$")
            where = self.where(field + path.removesuffix("`"))
            raise FieldError(where, f": {text[:1].lower()}{text[1:]}") from error

    def where(self, field: str) -> str:
        return f"{self._rollout}: {BLOCK}.{field}"

    def hints(self) -> Iterator[str]:
        verify = self._fields.get("verify")
        kept = [key for key in self._fields if key.casefold() not in _FORMER_KEYS]
        yield from _SPELLING.unknown("", kept, KEYS)
        yield from _SPELLING.unknown(
            "verify.", verify.keys() if isinstance(verify, dict) else (), VERIFY_KEYS
        )

    def _decode(self, raw: bytes | None) -> dict[str, object]:
        if raw is None:
            raise FieldError(f"{self._rollout}: {BLOCK}", " is missing; it says which routes to use")
        try:
            block = msgspec.json.decode(raw)
            if isinstance(block, dict):
                return _SPELLING.correct(block)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise FieldError(f"{self._rollout}: {BLOCK}", f" is not JSON: {error}") from error
        raise FieldError(f"{self._rollout}: {BLOCK}", ": expected an object with routes")
