"""Objects, who they are, how often they changed, and what changed since when. Knows no HTTP."""

import asyncio
import copy
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import jsonpatch
import jsonpointer

from demo.api.kinds import Kind, kind_of
from demo.api.refusals import Json, conflict, expired, missing, taken, unpatchable

MOST_CHANGES: Final = 1000
"""Changes that are remembered; a watch from before them is told to start again, as by the real API server."""

Key = tuple[str, str]  # namespace, empty for what has none; name


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to an object: `ADDED`, `MODIFIED` or `DELETED`, and the version of everything since then."""

    version: int
    event: str
    kind: Kind
    object: Json


class Store:
    """All objects. What goes in and comes out is copied, so nobody changes an object by holding it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Empty. `now` is the time of day, with its time zone."""
        self._now = now
        self._objects: dict[Kind, dict[Key, Json]] = {}
        self._changes: deque[Change] = deque(maxlen=MOST_CHANGES)
        self._stirred = asyncio.Event()
        self.version = 0

    def add(self, thing: Json) -> Json:
        """Creates an object by what it says of itself. Raises RefusalError when its name is taken."""
        return self.create(kind_of(thing["apiVersion"], thing["kind"]), thing)

    def create(self, kind: Kind, thing: Json) -> Json:
        """Creates an object. Raises RefusalError when its name is taken."""
        metadata = thing["metadata"]
        key = (metadata.get("namespace", ""), metadata["name"])
        if key in self._of(kind):
            raise taken(kind, metadata["name"])
        new = copy.deepcopy(thing)
        new["metadata"] |= {
            "uid": f"00000000-0000-4000-8000-{self.version + 1:012d}",
            "generation": 1,
            "creationTimestamp": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return self._keep(kind, key, new, "ADDED")

    def get(self, kind: Kind, key: Key) -> Json:
        """One object. Raises RefusalError when it is not there."""
        return copy.deepcopy(self._at(kind, key))

    def all(self, kind: Kind, namespace: str = "") -> list[Json]:
        """The objects of a namespace, or of all, in the order of their creation."""
        return [
            copy.deepcopy(thing)
            for (space, _), thing in self._of(kind).items()
            if not namespace or space == namespace
        ]

    def replace(self, kind: Kind, key: Key, new: Json, *, status: bool = False) -> Json:
        """Writes a whole object, or its status alone.

        Raises RefusalError when it is not there, or when `new` names another version or uid than it has.
        """
        old = self._at(kind, key)
        given = new.get("metadata", {})
        for field in ("resourceVersion", "uid"):
            if given.get(field, old["metadata"][field]) != old["metadata"][field]:
                raise conflict(kind, key[1])
        if status:
            return self._write(kind, key, {**old, "status": new.get("status", {})})
        kept = {"status": old["status"]} if "status" in old else {}
        return self._write(kind, key, {**new, **kept})

    def patch(self, kind: Kind, key: Key, operations: Sequence[Json], *, status: bool = False) -> Json:
        """Applies a JSON Patch, all of it or nothing. Raises RefusalError when it does not apply."""
        old = self._at(kind, key)
        try:
            new: Json = jsonpatch.apply_patch(old, list(operations))
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            raise unpatchable() from error
        return self.replace(kind, key, new, status=status)

    def delete(self, kind: Kind, key: Key) -> Json:
        """Takes an object away. Raises RefusalError when it is not there."""
        gone = self._at(kind, key)
        del self._of(kind)[key]
        return self._tell(kind, gone, "DELETED")

    def since(self, version: int) -> list[Change]:
        """What has changed after that version. Raises RefusalError when that is not known any more."""
        oldest = self._changes[0].version if self._changes else self.version + 1
        if version < oldest - 1:
            raise expired(version)
        return [change for change in self._changes if change.version > version]

    async def stirred(self) -> None:
        """Waits for the next change."""
        await self._stirred.wait()

    def _write(self, kind: Kind, key: Key, new: Json) -> Json:
        """A new state, which is no change when nothing is new in it; the generation rises with the spec alone."""
        old = self._at(kind, key)
        fixed = ("uid", "creationTimestamp", "generation", "resourceVersion", "name", "namespace")
        metadata = {
            **new["metadata"],
            **{field: old["metadata"][field] for field in fixed if field in old["metadata"]},
        }
        new = {**copy.deepcopy(new), "metadata": copy.deepcopy(metadata)}
        if new == old:
            return copy.deepcopy(old)
        if new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] += 1
        return self._keep(kind, key, new, "MODIFIED")

    def _keep(self, kind: Kind, key: Key, new: Json, event: str) -> Json:
        self._of(kind)[key] = new
        return self._tell(kind, new, event)

    def _tell(self, kind: Kind, thing: Json, event: str) -> Json:
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        told = copy.deepcopy(thing)
        self._changes.append(Change(version=self.version, event=event, kind=kind, object=told))
        self._stirred.set()
        self._stirred = asyncio.Event()
        return copy.deepcopy(thing)

    def _of(self, kind: Kind) -> dict[Key, Json]:
        return self._objects.setdefault(kind, {})

    def _at(self, kind: Kind, key: Key) -> Json:
        try:
            return self._of(kind)[key]
        except KeyError:
            raise missing(kind, key[1]) from None
