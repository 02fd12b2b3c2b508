"""An API server in memory that only answers questions: objects, versions, reviews, and what is forbidden."""

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.selectors import matches

from rollouts_router.kube.errors import ApiError, Forbidden, NotFound, NotServed
from rollouts_router.kube.resources import Call, Resource, Verb

Json = dict[str, Any]


@dataclass(kw_only=True)
class FakeCluster:
    """All that the doctor asks of a client.

    Attributes:
        objects: By plural, namespace and name.
        groups: Served versions by group and plural.
        forbidden: Verbs and plurals that the asker may not use.
        refused: What reviews say no to: verb, plural, namespace; "*" is any.
        failure: What every request fails with.
        reviews: Questions that were asked.
        calls: Requests that were made.
    """

    objects: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    groups: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str, str]] = field(default_factory=set)
    failure: type[ApiError] | None = None
    reviews: list[Json] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def add(self, plural: str, thing: Json) -> None:
        """Somebody creates an object, or replaces one."""
        metadata = thing["metadata"]
        self.objects[plural, metadata.get("namespace", ""), metadata["name"]] = thing

    def at(self, plural: str, name: str, namespace: str = "shop") -> Json:
        """An object, to be changed."""
        return self.objects[plural, namespace, name]

    def drop(self, plural: str, name: str, namespace: str = "shop") -> None:
        """Somebody deletes an object."""
        del self.objects[plural, namespace, name]

    async def served(self, group: str) -> dict[str, tuple[str, ...]]:
        """Versions by plural."""
        self._arrive(Call(verb=Verb.GET, resource=Resource(group, "", "")))
        return self.groups.get(group, {})

    async def get(self, resource: Resource, *, namespace: str, name: str) -> Json:
        """One object."""
        call = Call(verb=Verb.GET, resource=resource, namespace=namespace, name=name)
        self._arrive(call)
        key = (resource.plural, namespace, name)
        if key not in self.objects:
            raise NotFound(call, f'{resource} "{name}" not found', status=404)
        return copy.deepcopy(self.objects[key])

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[Json]:
        """Those that match, in order of creation."""
        self._arrive(Call(verb=Verb.LIST, resource=resource, namespace=namespace))
        return [
            copy.deepcopy(each)
            for (plural, space, _), each in self.objects.items()
            if plural == resource.plural
            and namespace in {"", space}
            and matches(label_selector, each["metadata"].get("labels") or {})
        ]

    async def review(self, resource: Resource, question: Json) -> Json:
        """Yes, unless it is refused."""
        self._arrive(Call(verb=Verb.CREATE, resource=resource))
        self.reviews.append(question)
        asked = question["spec"]["resourceAttributes"]
        namespace = asked["namespace"]
        no = {(asked["verb"], asked["resource"], where) for where in (namespace, "*")}
        return {"status": {"allowed": not no & self.refused}}

    def _arrive(self, call: Call) -> None:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure(call, "broken", status=500)
        resource = call.resource
        if (call.verb.value, resource.plural) in self.forbidden:
            raise Forbidden(call, f"{resource} is forbidden: you cannot {call.verb} them", status=403)
        known = self.groups.get(resource.group, {})
        if resource.plural and resource.version not in known.get(resource.plural, ()):
            raise NotServed(call, "404 page not found", status=404)
