"""What a route's status says of its parents: one state each. How long to wait for them is `verify`'s business.

Source: Gateway API, ParentReference, RouteParentStatus and RouteConditionType. A condition counts for the generation
it was written for (`observedGeneration`); that is what the controller has processed, not what the proxies have. No
status, however odd, is an error here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from rollouts_router.core.kinds import GROUP
from rollouts_router.core.routes import Route
from rollouts_router.core.untyped import integer, items, mapping, text

_ACCEPTED: Final = "Accepted"
_RESOLVED: Final = "ResolvedRefs"
_PARTIAL: Final = "PartiallyInvalid"
# Conditions of some implementations that, where they exist, have to be true as well: Programmed by analogy with
# Gateways, Reconciled by GKE, Ready by older controllers, ValidBackendRefs by Contour.
_EXTRAS: Final = ("Programmed", "Reconciled", "Ready", "ValidBackendRefs")
# Reasons of Accepted=False that have nothing to do with the rules: the parent never took the route.
_DETACHED: Final = frozenset({"NoMatchingParent", "NotAllowedByListeners", "NoMatchingListenerHostname"})
_CORE: Final = frozenset({(GROUP, "Gateway"), ("", "Service")})  # "core" support: these report ResolvedRefs
_SHOWN: Final = (
    253  # characters of a name or reason in a sentence; what the API allows for a controller's name
)


class ParentState(Enum):
    """What a parent makes of the route's present generation."""

    LIVE = "has processed it, and all is well"
    SILENT = "cannot be told: nobody reports, or not for which generation"
    WAITING = "has not processed it, or does not take it as it is"
    DETACHED = "never took the route, whatever its rules say"


_WORST_FIRST: Final = (ParentState.WAITING, ParentState.SILENT, ParentState.LIVE, ParentState.DETACHED)


@dataclass(frozen=True, slots=True)
class Parent:
    """One entry of `spec.parentRefs`: its state, and a sentence about it where that is not LIVE.

    Only a described one has a name and the conditions that were reported of it.
    """

    state: ParentState
    sentence: str = ""
    name: str = ""
    conditions: tuple["Reported", ...] = ()


@dataclass(frozen=True, slots=True)
class _Ref:
    """A parentRef with its defaults filled in, so that one that was written with them is the same."""

    group: str
    kind: str
    namespace: str
    name: str
    section: str
    port: int | None

    @property
    def object(self) -> tuple[str, str, str, str]:
        return (self.group, self.kind, self.namespace, self.name)

    def __str__(self) -> str:
        section = f", section {_short(self.section)}" if self.section else ""
        port = f", port {self.port}" if self.port is not None else ""
        return f"{_short(self.kind)} {_short(self.namespace)}/{_short(self.name)}{section}{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition; `observed` is None where the controller does not say for which generation it is."""

    type: str
    status: str
    reason: str
    observed: int | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A condition, and the name of the controller that reports it."""

    controller: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What one controller says of one parent."""

    ref: _Ref
    controller: str
    conditions: Mapping[str, Condition]


def parents(route: Route) -> tuple[Parent, ...]:
    """The parents that a route names, in order. One that several controllers report on is as bad as the worst of it."""
    generation = integer(route.metadata.get("generation"))
    refs = _refs(route)
    reports = _reports(route)
    return tuple(_parent(ref, generation, _about(ref, refs, reports)) for ref in refs)


def described_parents(route: Route) -> tuple[Parent, ...]:
    """The same, each with its name and conditions, for who wants to see them."""
    refs, reports = _refs(route), _reports(route)
    return tuple(
        replace(parent, name=str(ref), conditions=_conditions(_about(ref, refs, reports)))
        for ref, parent in zip(refs, parents(route), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Attachment:
    """An object that a route is attached to, and the controllers that report on it; none before they do."""

    group: str
    kind: str
    namespace: str
    name: str
    controllers: tuple[str, ...]

    @property
    def is_gateway(self) -> bool:
        """Whether it has a GatewayClass."""
        return (self.group, self.kind) == (GROUP, "Gateway")

    def __str__(self) -> str:
        return f"{_short(self.kind)} {_short(self.namespace)}/{_short(self.name)}"


def attachments(route: Route) -> tuple[Attachment, ...]:
    """What a route is attached to, each object once; without those that never took it, for a reason beside its rules."""
    refs, reports = _refs(route), _reports(route)
    controllers: dict[tuple[str, str, str, str], list[str]] = {}
    for ref, parent in zip(refs, parents(route), strict=True):
        if parent.state is not ParentState.DETACHED:
            known = (report.controller for report in _about(ref, refs, reports))
            controllers.setdefault(ref.object, []).extend(known)
    return tuple(
        Attachment(*named, controllers=tuple(dict.fromkeys(told))) for named, told in controllers.items()
    )


def _conditions(reports: Sequence[_Report]) -> tuple[Reported, ...]:
    return tuple(
        Reported(_short(report.controller), condition)
        for report in reports
        for condition in report.conditions.values()
    )


def _refs(route: Route) -> tuple[_Ref, ...]:
    entries = items(mapping(route.object.get("spec")).get("parentRefs"))
    return tuple(dict.fromkeys(_ref(route, mapping(entry)) for entry in entries))


def _ref(route: Route, entry: Mapping[str, Any]) -> _Ref:
    group = entry.get("group")
    return _Ref(
        group=group if isinstance(group, str) else GROUP,  # "" is the core group, no default
        kind=text(entry.get("kind")) or "Gateway",
        namespace=text(entry.get("namespace")) or route.key.namespace,
        name=text(entry.get("name")),
        section=text(entry.get("sectionName")),
        port=integer(entry.get("port")),
    )


def _reports(route: Route) -> tuple[_Report, ...]:
    entries = [mapping(entry) for entry in items(mapping(route.object.get("status")).get("parents"))]
    return tuple(
        _Report(
            ref=_ref(route, mapping(entry.get("parentRef"))),
            controller=text(entry.get("controllerName")),
            conditions={each.type: each for each in map(_condition, items(entry.get("conditions")))},
        )
        for entry in entries
    )


def _condition(entry: object) -> Condition:
    fields = mapping(entry)
    observed = integer(fields.get("observedGeneration"))
    return Condition(
        type=text(fields.get("type")),
        status=text(fields.get("status")),
        reason=text(fields.get("reason")),
        observed=observed if observed is not None and observed > 0 else None,
    )


def _about(ref: _Ref, refs: Sequence[_Ref], reports: Sequence[_Report]) -> list[_Report]:
    """The reports on a parentRef; where there are none, those on its object that are on no other parentRef either.

    Some controllers name the section they attached the route to, or leave it out. A report on an object that the
    route names no more is a left-over.
    """
    exact = [report for report in reports if report.ref == ref]
    return exact or [
        report for report in reports if report.ref.object == ref.object and report.ref not in refs
    ]


def _parent(ref: _Ref, generation: int | None, reports: Sequence[_Report]) -> Parent:
    if not reports:
        return Parent(ParentState.SILENT, f"{ref}: no status")
    judged = [_judge(ref, generation, report) for report in reports]
    return min(judged, key=lambda parent: _WORST_FIRST.index(parent.state))


def _judge(ref: _Ref, generation: int | None, report: _Report) -> Parent:
    flaw = next(_flaws(ref, generation, report), "")
    who = f"{ref} ({_short(report.controller) or 'no controller named'})"
    if flaw:
        state = ParentState.DETACHED if _is_detached(generation, report) else ParentState.WAITING
        return Parent(state, f"{who}: {flaw}, the route is at generation {generation}")
    known = [each for each in report.conditions.values() if each.observed is not None]
    if not known or generation is None:
        return Parent(ParentState.SILENT, f"{who}: no observedGeneration")
    return Parent(ParentState.LIVE)


def _flaws(ref: _Ref, generation: int | None, report: _Report) -> Iterator[str]:
    """What keeps a report from being good, the most telling first."""
    required = [_ACCEPTED, _RESOLVED] if (ref.group, ref.kind) in _CORE else [_ACCEPTED]
    for name in (_ACCEPTED, _RESOLVED, *_EXTRAS):
        condition = report.conditions.get(name)
        if condition is None:
            if name in required:
                yield f"no condition {name}"
        elif condition.status != "True" or _is_stale(generation, condition):
            yield _told(condition)
    partial = report.conditions.get(_PARTIAL)
    if partial is not None and partial.status == "True":
        yield _told(partial)


def _is_detached(generation: int | None, report: _Report) -> bool:
    accepted = report.conditions.get(_ACCEPTED)
    return (
        accepted is not None
        and accepted.status == "False"
        and accepted.reason in _DETACHED
        and not _is_stale(generation, accepted)
    )


def _is_stale(generation: int | None, condition: Condition) -> bool:
    return generation is not None and condition.observed is not None and condition.observed < generation


def _told(condition: Condition) -> str:
    reason = f" ({_short(condition.reason)})" if condition.reason else ""
    observed = "no generation" if condition.observed is None else f"generation {condition.observed}"
    return f"{condition.type} is {_short(condition.status) or 'empty'}{reason} for {observed}"


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
