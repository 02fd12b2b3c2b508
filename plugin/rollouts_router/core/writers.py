"""Who wrote a route, as its managedFields tell. Nothing here knows whether that was right.

Source: Kubernetes, ManagedFieldsEntry. `spec.rules` is one leaf in it (an atomic list), so whoever changes a weight is
named for all of the rules; status writers have no `f:spec`.
"""

from dataclasses import dataclass

from rollouts_router.core.routes import Route
from rollouts_router.core.untyped import items, mapping, text

_SHOWN = 128  # characters; the API's limit for a field manager


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """One entry of managedFields, ordered by how likely it wrote the rules last."""

    has_rules: bool
    time: str  # RFC 3339 in UTC, so it sorts as text
    manager: str
    operation: str


def last_writer(route: Route) -> str:
    """Who wrote the route's spec last, for a sentence. Without the time: one sentence is one Event, however often."""
    written = [mapping(entry) for entry in items(route.metadata.get("managedFields"))]
    entries = [
        _Entry(
            has_rules="f:rules" in mapping(spec),
            time=text(entry.get("time")),
            manager=text(entry.get("manager")),
            operation=text(entry.get("operation")),
        )
        for entry in written
        if (spec := mapping(entry.get("fieldsV1")).get("f:spec")) is not None
    ]
    if not entries:
        return "a writer that its managedFields do not name"
    last = max(entries)
    how = f" ({last.operation[:_SHOWN]})" if last.operation else ""
    return f'field manager "{last.manager[:_SHOWN]}"{how}'


def overwritten(route: Route) -> str:
    """A sentence on a route whose weights somebody changed in the middle of a step."""
    return (
        f"{route.key}: its weights are not those that were set in this step; {last_writer(route)} wrote its spec last."
        " They are put back. A GitOps tool has to leave the weights alone (docs/gitops.md)"
    )
