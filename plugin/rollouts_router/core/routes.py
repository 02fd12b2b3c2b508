"""Read-only questions to a route. Nothing here changes one, or knows of weights to come.

Kubernetes objects are untyped JSON, so that fields newer than this program survive; what is read of them is
checked here, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from rollouts_router.core.backends import SERVICE, Backend
from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.untyped import integer, items, mapping, text

KubeObject: TypeAlias = Mapping[str, Any]

DEFAULT_WEIGHT = 1  # Gateway API, BackendRef.weight: "If unspecified, weight defaults to 1."


@dataclass(frozen=True, slots=True)
class RouteKey:
    """What names a route: its kind, namespace and name."""

    kind: RouteKind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.name} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the API returned it."""

    key: RouteKey
    object: KubeObject

    def without_content(self) -> "Route":
        """Which route in which state: all that is worth keeping of many."""
        state = {field: self.metadata[field] for field in ("uid", "generation") if field in self.metadata}
        return Route(self.key, {"metadata": state})

    @property
    def metadata(self) -> KubeObject:
        """Its metadata, empty when it has none."""
        return mapping(self.object.get("metadata"))

    @property
    def labels(self) -> KubeObject | None:
        """Its labels, None when it has no map of them."""
        return self._map_in_metadata("labels")

    @property
    def annotations(self) -> KubeObject | None:
        """Its annotations, None when it has no map of them."""
        return self._map_in_metadata("annotations")

    def _map_in_metadata(self, field: str) -> KubeObject | None:
        value = self.metadata.get(field)
        return value if isinstance(value, dict) else None


class BackendRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reference of a rule, and where it stands.

    Attributes:
        rule: Index in `spec.rules`.
        index: Index in the rule's `backendRefs`.
        target: What it refers to, in the route's namespace unless it says otherwise.
        weight: The weight in force; the default where none is written.
        has_weight: Whether a weight is written.
    """

    rule: int
    index: int
    target: Backend
    weight: int
    has_weight: bool


class Rule(msgspec.Struct, frozen=True):
    """One rule: where it stands, its name (empty when it has none), its references, and all of it as it is."""

    index: int
    name: str
    refs: tuple[BackendRef, ...]
    object: KubeObject


def rules(route: Route) -> tuple[Rule, ...]:
    """The rules of a route in their order."""
    entries = items(mapping(route.object.get("spec")).get("rules"))
    return tuple(rule_of(route.key.namespace, at, mapping(entry)) for at, entry in enumerate(entries))


def rule_of(namespace: str, index: int, entry: KubeObject) -> Rule:
    """A rule object as one reads it, in a route of this namespace."""
    refs = items(entry.get("backendRefs"))
    return Rule(
        index=index,
        name=text(entry.get("name")),
        refs=tuple(_ref(namespace, index, at, mapping(ref)) for at, ref in enumerate(refs)),
        object=entry,
    )


def is_managed_name(name: str, managed: tuple[str, ...]) -> bool:
    """Whether a rule of this name belongs to a managed route: it has its name, or that and `-<integer>`.

    The existing plugin reads the integer with Go's Atoi, which takes a sign. A rule without a name belongs to
    none, even where a managed route's name is empty: that would be every rule.
    """
    return bool(name) and any(
        name == each or (name.startswith(f"{each}-") and _is_integer(name[len(each) + 1 :]))
        for each in managed
    )


def _is_integer(suffix: str) -> bool:
    digits = suffix[1:] if suffix[:1] in {"+", "-"} else suffix
    return digits.isascii() and digits.isdigit()


def _ref(namespace: str, rule: int, index: int, ref: KubeObject) -> BackendRef:
    weight = integer(ref.get("weight"))
    return BackendRef(
        rule=rule,
        index=index,
        target=Backend(
            group=text(ref.get("group")),
            kind=text(ref.get("kind")) or SERVICE,
            namespace=text(ref.get("namespace")) or namespace,
            name=text(ref.get("name")),
        ),
        weight=DEFAULT_WEIGHT if weight is None else weight,
        has_weight=weight is not None,
    )
