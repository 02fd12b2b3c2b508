"""Names of API resources and the paths they are served at; no request is made or built here.

Source of the paths: Kubernetes API concepts, "Resource URIs".
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote


class Verb(StrEnum):
    """What a request does, in the words of a Role's rules."""

    GET = "get"
    LIST = "list"
    PATCH = "patch"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the API server serves it; an empty group is the core group.

    An empty plural stands for the version itself (its discovery document), an empty version for the group.
    """

    group: str
    version: str
    plural: str

    def __str__(self) -> str:
        """`plural.group`, as error messages of the API server spell it; a path for discovery documents."""
        if not self.plural:
            return self.path("")
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str, name: str | None = None) -> str:
        """The quoted path of the collection, or of one object when `name` is given.

        An empty namespace means all namespaces. Raises ValueError for a namespace or name that cannot be a
        path segment: such a request would reach another object than the one that was meant.
        """
        parts = ["/apis", self.group] if self.group else ["/api"]
        if self.version:
            parts.append(self.version)
        if namespace:
            parts += ["namespaces", _segment("namespace", namespace)]
        if self.plural:
            parts.append(self.plural)
        if name is not None:
            parts.append(_segment("resource name", name))
        return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who is asked for what: the part of a request that error texts need."""

    verb: Verb
    resource: Resource
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        """For example `patch httproutes.gateway.networking.k8s.io shop/web`."""
        place = "/".join(part for part in (self.namespace, self.name) if part)
        return f"{self.verb} {self.resource} {place}".rstrip()


def _segment(what: str, value: str) -> str:
    # The same rule as client-go's path segment check: these would be read as another path.
    if value in {"", ".", ".."} or "/" in value or "%" in value:
        raise ValueError(f'invalid {what} "{value}": it may not be empty, ".", ".." or contain "/" or "%"')
    return quote(value, safe="")
