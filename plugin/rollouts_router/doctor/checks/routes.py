"""RR301 to RR323: which routes a Rollout gets, why others not, and what gateways make of them."""

from collections.abc import Iterator
from typing import Final

from rollouts_router.core.errors import KindNotServedError, NoRoutesError
from rollouts_router.core.parents import Parent, ParentState, described_parents
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.selection import FoundRoute, require_routes
from rollouts_router.core.standing import Standing
from rollouts_router.doctor.ailments import install as install_ail
from rollouts_router.doctor.ailments import routes as ail
from rollouts_router.doctor.ailments.model import Ailment
from rollouts_router.doctor.checks.rollouts import place_of
from rollouts_router.doctor.facts import Parenthood, Routing, Subject, Unread
from rollouts_router.findings.model import Finding, Place

_TOLD: Final = (ParentState.WAITING, ParentState.SILENT)


def place_of_route(key: RouteKey) -> Place:
    """Where findings about a route are."""
    return Place(kind=key.kind.name, namespace=key.namespace, name=key.name)


def found(subject: Subject) -> Iterator[Finding]:
    """Whether there is a route at all, and each that is named."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    place = place_of(subject)
    for unread in routing.unread:
        yield ail.UNREAD.at(place, unread.why)
    for error in routing.missing:
        if isinstance(error, KindNotServedError):
            yield install_ail.KIND_NOT_SERVED.at(place, str(error))
        else:
            yield ail.NAMED_MISSING.at(place, str(error))
    for error in routing.selection.missed:
        yield (ail.NO_RULE if error.field else ail.REFUSED).at(place, str(error))
    if not (routing.unread or routing.missing or routing.selection.missed):
        try:
            require_routes(routing.rollout, routing.config, routing.selection)
        except NoRoutesError as none:
            yield ail.NO_ROUTES.at(place, str(none))


def left_out(subject: Subject) -> Iterator[Finding]:
    """Which routes look as if they were meant and are not the Rollout's."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    for plan in routing.selection.left_alone:
        if plan.standing is not Standing.NEITHER:  # one that holds neither is another application's
            yield ail.HALF.at(place_of_route(plan.route.key), plan.sentence)
    for stray in routing.strays:
        if stray.holds_both:
            yield ail.NOT_SELECTED.at(place_of_route(stray.key), stray.sentence)


def writable(subject: Subject) -> Iterator[Finding]:
    """Whether what has to be written can be, and traffic may go where it shall."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    for error in routing.unwritable:
        yield ail.UNWRITABLE.at(place_of(subject), str(error))
    for need in routing.ungranted:
        yield ail.NO_GRANT.at(place_of_route(need.route), str(need).removeprefix(f"{need.route} "))
    for namespace in routing.grants_unread:
        place = Place(kind="Namespace", name=namespace)
        yield ail.GRANTS_UNREAD.at(place, f"routes of {subject} refer to Services of it")


def parents(subject: Subject) -> Iterator[Finding]:
    """What the gateways say of the routes."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    absent = {str(each.parent): each for each in routing.parents if each.exists is False}
    for entry in routing.own():
        yield from _of_route(entry, absent)
    for each in routing.parents:
        if isinstance(each.exists, Unread):
            place = Place(kind=each.parent.kind, namespace=each.parent.namespace, name=each.parent.name)
            yield ail.UNREAD.at(place, each.exists.why)


def _of_route(entry: FoundRoute, absent: dict[str, Parenthood]) -> Iterator[Finding]:
    place = place_of_route(entry.route.key)
    seen = described_parents(entry.route)
    if all(each.state is ParentState.DETACHED for each in seen):
        why = "; ".join(each.sentence for each in seen)
        yield ail.NO_PARENT.at(place, why or "it has no parentRefs")
        return
    for parent in seen:
        gone = next(
            (name for name in absent if parent.name == name or parent.name.startswith(f"{name},")), ""
        )
        if gone:
            yield ail.NO_GATEWAY.at(place, f"{gone} does not exist")
        elif parent.state in _TOLD:
            yield _told(parent).at(place, parent.sentence)


def _told(parent: Parent) -> Ailment:
    return ail.PARENT_REFUSES if parent.state is ParentState.WAITING else ail.PARENT_SILENT
