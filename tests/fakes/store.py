"""Objects as an API server keeps them: who they are, how often their spec changed, how often anything did."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.fakes.schema import Schema

from rollouts_router.core.kinds import KINDS, RouteKind

Json: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]  # plural, namespace, name
HTTP = KINDS[0]


@dataclass
class Store:
    """Routes in namespace shop, unless another is named; also the hands of everybody but the router.

    With a schema objects are kept as an API server keeps them, without one as they are given.
    """

    objects: dict[Key, Json] = field(default_factory=dict)
    schema: Schema | None = None
    _clock: int = 0

    def create(
        self, name: str, spec: Json, *, kind: RouteKind = HTTP, space: str = "shop", **meta: Any
    ) -> None:
        """Somebody creates a route, or replaces one."""
        uid = f"uid-{self._clock}"
        metadata = {"name": name, "namespace": space, "uid": uid, "generation": 1, **meta}
        new = self._admit({"metadata": metadata, "spec": copy.deepcopy(spec)}, kind.plural)
        self.objects[kind.plural, space, name] = new
        self._touch(new["metadata"])

    def look(self, name: str, *, kind: RouteKind = HTTP, space: str = "shop") -> Json:
        """The route as it is."""
        return copy.deepcopy(self.objects[kind.plural, space, name])

    def edit(self, name: str, change: Callable[[Json], None], *, kind: RouteKind = HTTP) -> None:
        """Somebody changes a route."""
        new = self.look(name, kind=kind)
        change(new)
        self.put((kind.plural, "shop", name), new)

    def delete(self, name: str, *, kind: RouteKind = HTTP) -> None:
        """Somebody deletes a route."""
        del self.objects[kind.plural, "shop", name]

    def put(self, key: Key, new: Json) -> None:
        """Keep a new state; the generation rises with the spec, the resourceVersion always."""
        new = self._admit(new, key[0])
        if new["spec"] != self.objects[key]["spec"]:
            new["metadata"]["generation"] += 1
        self._touch(new["metadata"])
        self.objects[key] = new

    def _admit(self, new: Json, plural: str) -> Json:
        return self.schema.admit(new, plural) if self.schema else new

    def _touch(self, metadata: Json) -> None:
        self._clock += 1
        metadata["resourceVersion"] = str(self._clock)
