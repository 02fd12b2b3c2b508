"""Read-only questions to a route. Nothing here changes one, or knows of weights to come.

Kubernetes objects are untyped JSON, so that fields newer than this program survive; what is read of them is
checked here, once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rollouts_router.core.kinds import RouteKind

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

    @property
    def metadata(self) -> KubeObject:
        """Its metadata, empty when it has none."""
        return _mapping(self.object.get("metadata"))

    @property
    def labels(self) -> KubeObject | None:
        """Its labels, None when it has no map of them."""
        labels = self.metadata.get("labels")
        return labels if isinstance(labels, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendRef:
    """One reference of a rule, and where it stands.

    Attributes:
        rule: Index in `spec.rules`.
        index: Index in the rule's `backendRefs`.
        name: Name of what it refers to.
        namespace: Namespace of what it refers to: the route's unless the ref says otherwise.
        is_service: Whether it refers to a core Service (kind Service or absent, group empty or absent).
        weight: The weight in force; the default where none is written.
        has_weight: Whether a weight is written.
    """

    rule: int
    index: int
    name: str
    namespace: str
    is_service: bool
    weight: int
    has_weight: bool

    def __str__(self) -> str:
        kind = "Service" if self.is_service else "other kind"
        return f'"{self.name}" ({kind}, namespace {self.namespace})'


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name (empty when it has none) and its references."""

    name: str
    refs: tuple[BackendRef, ...]


def rules(route: Route) -> Iterator[Rule]:
    """The rules of a route in their order."""
    for at, rule in enumerate(_list(_mapping(route.object.get("spec")).get("rules"))):
        refs = _list(_mapping(rule).get("backendRefs"))
        yield Rule(
            name=_text(_mapping(rule).get("name")),
            refs=tuple(_ref(route.key, at, index, _mapping(ref)) for index, ref in enumerate(refs)),
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


def _is_integer(text: str) -> bool:
    digits = text[1:] if text[:1] in {"+", "-"} else text
    return digits.isascii() and digits.isdigit()


def _ref(route: RouteKey, rule: int, index: int, ref: KubeObject) -> BackendRef:
    weight = _integer(ref.get("weight"))
    return BackendRef(
        rule=rule,
        index=index,
        name=_text(ref.get("name")),
        namespace=_text(ref.get("namespace")) or route.namespace,
        is_service=_text(ref.get("kind")) in {"", "Service"} and not _text(ref.get("group")),
        weight=DEFAULT_WEIGHT if weight is None else weight,
        has_weight=weight is not None,
    )


def _mapping(value: object) -> KubeObject:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
