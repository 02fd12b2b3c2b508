"""RR330 to RR334: what routes carry, beside what they should: weights, claims, the in-progress label, rivals."""

from collections.abc import Iterator, Mapping

from rollouts_router.core.claims import Claim, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.manifests import asked_weight
from rollouts_router.core.observing import Role, observe
from rollouts_router.core.order import Order
from rollouts_router.core.routes import KubeObject, Rule, rules
from rollouts_router.core.selection import FoundRoute, own_order
from rollouts_router.core.untyped import mapping, text
from rollouts_router.doctor.ailments import routes as ail
from rollouts_router.doctor.checks.routes import place_of_route
from rollouts_router.doctor.facts import Routing, Subject, Unread
from rollouts_router.findings.model import Finding


def weights(subject: Subject) -> Iterator[Finding]:
    """Whether the canary has in each route what the controller asked for last."""
    if not isinstance(subject.routing, Routing) or not subject.routing.rollout.stable_hash:
        return
    wanted = _asked(subject)
    if wanted is None:
        return
    ailment = ail.OTHER_WEIGHT if in_canary(subject.routing.rollout, wanted) else ail.STRAY_WEIGHT
    for entry in subject.routing.own():
        for carried, place in _carried(subject.routing, entry):
            if carried != wanted:
                yield ailment.at(
                    place_of_route(entry.route.key),
                    f"{place} gives the canary {carried}, and {wanted} was asked for",
                )


def marks(subject: Subject) -> Iterator[Finding]:
    """Whether routes are marked by Rollouts that have nothing to do with them any more."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    wanted = _asked(subject)
    idle = wanted is not None and not in_canary(routing.rollout, wanted)
    for entry in routing.own():
        place, claims = place_of_route(entry.route.key), read_claims(entry.route)
        mine = claims.of(routing.order.rollout)
        label = routing.config.label
        if idle and (mine.is_held or (label and _is_stale(entry, label.key, claims.held))):
            yield ail.STRAY_LABEL.at(
                place, "it has the in-progress label or a claim, and the Rollout is at its end"
            )
        for other in claims.others(routing.order.rollout):
            if _is_gone(subject, other):
                yield ail.STRAY_CLAIM.at(place, f"Rollout {other} has a claim on it, and does not exist")


def rivals(subject: Subject) -> Iterator[Finding]:
    """Whether another Rollout sets the same weights."""
    routing = subject.routing
    if not isinstance(routing, Routing):
        return
    for rival in subject.rivals:
        theirs = {entry.route.key: own_order(rival.order, entry) for entry in rival.own()}
        for entry in routing.own():
            other = theirs.get(entry.route.key)
            shared = [
                rule for rule in rules(entry.route) if _both(own_order(routing.order, entry), other, rule)
            ]
            if shared:
                indexes = ", ".join(str(rule.index) for rule in shared)
                both = " and ".join(sorted(map(str, (routing.rollout, rival.rollout))))
                yield ail.RIVAL.at(place_of_route(entry.route.key), f"{both} set rule {indexes}")


def _both(ours: Order, theirs: Order | None, rule: Rule) -> bool:
    return theirs is not None and ours.owns(rule) and theirs.owns(rule)


def _carried(routing: Routing, entry: FoundRoute) -> Iterator[tuple[int, str]]:
    """The canary's weights in one route; a rule that serves nothing else has no split."""
    for rule in observe(own_order(routing.order, entry), entry.route).rules:
        named = f"rule {rule.index}" + (f' "{rule.name}"' if rule.name else "")
        for backend in rule.backends:
            if backend.role is Role.CANARY:
                yield backend.weight, named


def _asked(subject: Subject) -> int | None:
    if isinstance(subject.manifest, Unread) or subject.manifest is None:
        return None
    try:
        return asked_weight(subject.manifest)
    except RoutingError:
        return None


def _is_stale(entry: FoundRoute, label: str, held: Mapping[str, Claim]) -> bool:
    return not held and label in (entry.route.labels or {})


def _is_gone(subject: Subject, rollout: str) -> bool:
    """Only of Rollouts in the same namespace it is known which there are."""
    namespace, _, name = rollout.partition("/")
    if isinstance(subject.neighbours, Unread) or namespace != subject.namespace:
        return False
    return name not in {_name(each) for each in subject.neighbours}


def _name(manifest: KubeObject) -> str:
    return text(mapping(manifest.get("metadata")).get("name"))
