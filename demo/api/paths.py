"""Paths of requests, read. Source: Kubernetes API concepts, "Resource URIs". Nothing is looked up in the store."""

from dataclasses import dataclass

from demo.api.kinds import KINDS, Kind, by_plural, versions_of
from demo.api.refusals import Json, refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a path names: a collection, an object when there is a name, or its status."""

    kind: Kind
    version: str
    namespace: str = ""
    name: str = ""
    status: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What discovery answers at a path."""

    content: Json


def read(path: str) -> Place | Document:  # noqa: PLR0911 - one return for each shape of path
    """What is at a path. Raises RefusalError when nothing is."""
    match path.strip("/").split("/"):
        case ["api"]:
            return Document({"kind": "APIVersions", "versions": list(versions_of(""))})
        case ["apis"]:
            return Document({"kind": "APIGroupList", "groups": [_group(each) for each in _groups()]})
        case ["apis", group] if versions_of(group):
            return Document(_group(group))
        case ["api", version] if version in versions_of(""):
            return Document(_resources("", version))
        case ["apis", group, version] if version in versions_of(group):
            return Document(_resources(group, version))
        case ["api", version, *rest]:
            return _place("", version, rest)
        case ["apis", group, version, *rest]:
            return _place(group, version, rest)
        case _:
            raise refused(404, "the server could not find the requested resource")


def _place(group: str, version: str, rest: list[str]) -> Place:
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] != "status":
        namespace, rest = rest[1], rest[2:]
    kind = by_plural(group, version, rest[0] if rest else "")
    below = rest[1:]
    if kind is None or len(below) > 2 or below[1:] not in ([], ["status"]):
        raise refused(404, "the server could not find the requested resource")
    return Place(
        kind=kind,
        version=version,
        namespace=namespace,
        name=below[0] if below else "",
        status=len(below) == 2,
    )


def _groups() -> list[str]:
    return list(dict.fromkeys(kind.group for kind in KINDS if kind.group))


def _group(group: str) -> Json:
    versions = [{"groupVersion": f"{group}/{each}", "version": each} for each in versions_of(group)]
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": group,
        "versions": versions,
        "preferredVersion": versions[0],
    }


def _resources(group: str, version: str) -> Json:
    verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
    served = [kind for kind in KINDS if kind.group == group and version in kind.versions]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": [
            {
                "name": kind.plural,
                "singularName": kind.name.lower(),
                "namespaced": kind.namespaced,
                "kind": kind.name,
                "verbs": verbs,
            }
            for kind in served
        ],
    }
