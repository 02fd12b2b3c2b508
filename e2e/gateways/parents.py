"""What a route's status says of each parent. Judging a rollout by it is not done here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from e2e.bed.kinds import Object

GOOD: Final = ("Accepted", "ResolvedRefs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """One entry of `status.parents`."""

    name: str
    section: str
    controller: str
    conditions: dict[str, str]  # type to status
    generation: int  # the oldest that a condition is about; 0 where none says

    @property
    def good(self) -> bool:
        """Accepted, with its references resolved."""
        return all(self.conditions.get(name) == "True" for name in GOOD)


def parents_of(route: Object) -> list[Parent]:
    """All entries, in their order."""
    return [_parent(entry) for entry in route.get("status", {}).get("parents", ())]


def is_accepted(route: Object) -> bool:
    """Whether every parent has said yes to the route as it is now."""
    found = parents_of(route)
    generation = route["metadata"]["generation"]
    return bool(found) and all(each.good and each.generation == generation for each in found)


def _parent(entry: Object) -> Parent:
    conditions = entry.get("conditions", ())
    return Parent(
        name=entry["parentRef"]["name"],
        section=entry["parentRef"].get("sectionName", ""),
        controller=entry["controllerName"],
        conditions={each["type"]: each["status"] for each in conditions},
        generation=min((each.get("observedGeneration", 0) for each in conditions), default=0),
    )
