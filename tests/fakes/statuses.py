"""What gateways write into the status of a route, for tests: parents, conditions, reports."""

from typing import Any

from tests.fakes.objects import Json, route, spec

from rollouts_router.core.routes import Route

GENERATION = 5  # of the routes here
CONTROLLER = "example.com/gateway"
CORE_CONDITIONS = ("Accepted", "ResolvedRefs")


def gateway(name: str = "public", **fields: Any) -> Json:
    """A parentRef as most people write it."""
    return {"name": name, **fields}


def condition(
    kind: str, status: str = "True", observed: int | None = GENERATION, reason: str = "Because"
) -> Json:
    """One condition; without a generation when `observed` is None."""
    given = {} if observed is None else {"observedGeneration": observed}
    return {"type": kind, "status": status, "reason": reason, "message": "words", **given}


def report(parent: Json, *conditions: Json, controller: str = CONTROLLER) -> Json:
    """What one controller says of one parent; without conditions all is well."""
    said = conditions or tuple(condition(kind) for kind in CORE_CONDITIONS)
    return {"parentRef": parent, "controllerName": controller, "conditions": list(said)}


def good(*, observed: int | None = GENERATION, parent: Json | None = None) -> Json:
    """A report that all is well, for this generation."""
    said = [condition(kind, observed=observed) for kind in CORE_CONDITIONS]
    return report(parent or gateway(), *said)


def bad(
    kind: str = "Accepted",
    *,
    reason: str = "UnsupportedValue",
    observed: int | None = GENERATION,
    parent: Json | None = None,
) -> Json:
    """A report that this condition is false."""
    others = [condition(each, observed=observed) for each in CORE_CONDITIONS if each != kind]
    return report(parent or gateway(), condition(kind, "False", observed, reason), *others)


def reported(*reports: Json, refs: list[Json] | None = None, **meta: Any) -> Route:
    """A route with these parents (one Gateway unless named) and reports on them."""
    made = route(spec(parentRefs=[gateway()] if refs is None else refs), **{"generation": GENERATION, **meta})
    return Route(made.key, {**made.object, "status": {"parents": list(reports)}})
