"""What the plugin asked of the API server, by its audit log: each answered call in order, with what it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.bed.kinds import Object
    from e2e.scenarios.journal import Journal

PLUGIN: Final = "plugin"
READS: Final = frozenset({"get", "list", "watch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the plugin; `body` is what a patch or a creation said."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    code: int
    uri: str
    at: datetime
    body: Object | list[Object] = field(default_factory=dict)

    @property
    def is_to_keda(self) -> bool:
        """Whether it goes to KEDA's API, be it only to ask whether there is one."""
        return self.group == "keda.sh" or "/keda.sh" in self.uri

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.verb in READS


def calls(journal: Journal) -> Iterator[Call]:
    """The plugin's calls since the journal's beginning."""
    for line in journal.lines():
        entry = json.loads(line)
        if (entry["stage"], entry["user"]["username"]) == ("ResponseComplete", PLUGIN):
            yield _call(entry)


def writes_to_keda(journal: Journal, namespace: str) -> list[Call]:
    """The plugin's successful writes to ScaledObjects of the namespace, in order."""
    return [
        call
        for call in calls(journal)
        if call.is_to_keda and not call.is_read and call.namespace == namespace and call.code < 300
    ]


def moments_of_scaling(journal: Journal, namespace: str) -> list[datetime]:
    """When the number of replicas of a Rollout of the namespace was set by whoever scales: KEDA, an autoscaler."""
    entries = (json.loads(line) for line in journal.lines())
    return [_moment(entry) for entry in entries if _scales(entry, namespace)]


def annotations_of(call: Call) -> Object:
    """What a merge patch does to annotations."""
    assert isinstance(call.body, dict)
    return dict(call.body["metadata"].get("annotations") or {})


def _call(entry: Object) -> Call:
    place = entry.get("objectRef") or {}
    return Call(
        verb=entry["verb"],
        group=place.get("apiGroup", ""),
        resource=place.get("resource", ""),
        namespace=place.get("namespace", ""),
        name=place.get("name", ""),
        code=entry["responseStatus"]["code"],
        uri=entry["requestURI"],
        at=_moment(entry),
        body=entry.get("requestObject") or {},
    )


def _scales(entry: Object, namespace: str) -> bool:
    place = entry.get("objectRef") or {}
    is_scale = (place.get("resource"), place.get("subresource")) == ("rollouts", "scale")
    is_done = entry["stage"] == "ResponseComplete" and entry["verb"] in {"update", "patch"}
    return is_done and is_scale and place.get("namespace") == namespace


def _moment(entry: Object) -> datetime:
    return datetime.fromisoformat(entry["stageTimestamp"])
