"""The requests that a call of the plugin comes down to, prepared, as a bare loop sends them. Nothing is sent here.

They are made from routes just read, so that at the time of sending there is nothing left to decide. The patch is
the plugin's, operation by operation (docs/routing.md, "How"); the audit counts of the same run and a difference
in the written weights would show if it were not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import jsonpatch
import msgspec

from e2e.bed.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from e2e.bed.kinds import Object

IN_FLIGHT: Final = 16
MANAGER: Final = "rollouts-router"
MAXIMUM: Final = 100  # the weight that stands for all traffic


class Write(msgspec.Struct, frozen=True):
    """One JSON Patch, ready to be sent."""

    target: str
    body: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """All reads, then all writes, each with so many in flight."""

    reads: list[str]
    writes: list[Write] = msgspec.field(default_factory=list)
    in_flight: int = IN_FLIGHT


def writes(routes: Iterable[Object], weight: int) -> list[Write]:
    """The patches by which the routes' canary Services get this weight, and the stable ones the rest."""
    return [_write(route, weight) for route in routes]


def change(route: Object, wanted: Object) -> Write | None:
    """The shortest patch that gives a route the labels, annotations and spec of another; None when it has them."""
    made = jsonpatch.make_patch(_content(route), _content(wanted)).patch
    return _patch(route, made) if made else None


def carries(route: Object, weight: int) -> bool:
    """Whether every canary Service of a route has this weight, and every stable one the rest."""
    return all(ref["weight"] == _share(ref, weight) for _, ref in _refs(route))


def _write(route: Object, weight: int) -> Write:
    steps = [
        *(_step("test", f"{place}/name", ref["name"]) for place, ref in _refs(route)),
        *(_step("replace", f"{place}/weight", _share(ref, weight)) for place, ref in _refs(route)),
    ]
    return _patch(route, steps)


def _patch(route: Object, steps: Iterable[Object]) -> Write:
    metadata = route["metadata"]
    target = kind_of("HTTPRoute").path(metadata["name"], metadata["namespace"])
    guards = (
        _step("test", "/metadata/uid", metadata["uid"]),
        _step("test", "/metadata/generation", metadata["generation"]),
    )
    return Write(f"{target}?fieldManager={MANAGER}", json.dumps([*guards, *steps], separators=(",", ":")))


def _content(route: Object) -> Object:
    metadata = {field: route["metadata"].get(field) for field in ("labels", "annotations")}
    return {"metadata": {field: held for field, held in metadata.items() if held}, "spec": route["spec"]}


def _refs(route: Object) -> Iterator[tuple[str, Object]]:
    for at, rule in enumerate(route["spec"]["rules"]):
        for index, ref in enumerate(rule["backendRefs"]):
            yield f"/spec/rules/{at}/backendRefs/{index}", ref


def _share(ref: Object, weight: int) -> int:
    return weight if ref["name"].endswith("-canary") else MAXIMUM - weight


def _step(operation: str, path: str, value: object) -> Object:
    return {"op": operation, "path": path, "value": value}
