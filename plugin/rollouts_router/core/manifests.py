"""A Rollout's manifest, as JSON has it, into the Rollout that the core knows. What is wrong is told with its path."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from rollouts_router.core.errors import FieldError
from rollouts_router.core.model import Rollout
from rollouts_router.core.rollouts import rollout_of

_API_GROUP: Final = "argoproj.io/"
_KIND: Final = "Rollout"
_OTHER_NAMES: Final = {
    "ObjectMeta": "metadata"
}  # embedded in Go; of every other field JSON has the first letter small
_TYPES: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}

_T = TypeVar("_T")


class JsonFields:
    """One object of a manifest, asked by Go names; null is as good as absent."""

    def __init__(self, fields: Mapping[str, Any], subject: str, path: str) -> None:
        self._fields = fields
        self._subject = subject
        self._path = path

    def get(self, field: str, kind: type[_T]) -> _T:
        """A field's value, zero when it is missing."""
        name = _json_name(field)
        value = self._fields.get(name)
        if value is None:
            return kind()
        is_bool = isinstance(value, bool)  # which to Python, not to JSON, is an int too
        if not isinstance(value, kind) or (is_bool and kind is not bool):
            raise self._wrong(name, value, kind)
        return value

    def record(self, field: str) -> "JsonFields":
        """A nested object, empty when it is missing."""
        return JsonFields(self.get(field, dict), self._subject, self._where(_json_name(field)))

    def records(self, field: str) -> list["JsonFields"]:
        """A list of objects."""
        name, found = _json_name(field), []
        for at, entry in enumerate(self.get(field, list)):
            if not isinstance(entry, dict):
                raise self._wrong(f"{name}[{at}]", entry, dict)
            found.append(JsonFields(entry, self._subject, self._where(f"{name}[{at}]")))
        return found

    def names(self) -> list[str]:
        """The names of all fields that are there."""
        return [name for name, value in self._fields.items() if value is not None]

    def has(self, field: str) -> bool:
        """Whether a field is there; an empty list is not, as it does not travel from the controller either."""
        return self._fields.get(_json_name(field)) not in (None, [])

    def raw(self, field: str, key: str) -> bytes | None:
        """The JSON text of one entry of a map; None when it is missing."""
        entry = self.get(field, dict).get(key)
        return None if entry is None else msgspec.json.encode(entry)

    def _where(self, name: str) -> str:
        return f"{self._path}.{name}".lstrip(".")

    def _wrong(self, name: str, value: object, kind: type) -> FieldError:
        return FieldError(
            f"{self._subject}: {self._where(name)}",
            f" is {_TYPES.get(type(value), type(value).__name__)}, expected {_TYPES[kind]}",
        )


def manifest_rollout(manifest: Mapping[str, Any]) -> Rollout:
    """The Rollout of a manifest.

    Raises:
        FieldError: It is no Rollout, has no name or namespace, or a field has a type that it cannot have.
    """
    subject = "the manifest"
    top = JsonFields(manifest, subject, "")
    version, kind = top.get("ApiVersion", str), top.get("Kind", str)
    if not version.startswith(_API_GROUP):
        raise FieldError(f"{subject}: apiVersion", f' is "{version}", expected {_API_GROUP}v1alpha1')
    if kind != _KIND:
        raise FieldError(f"{subject}: kind", f' is "{kind}", expected {_KIND}')
    metadata = top.record("ObjectMeta")
    for field, name in (("Name", "name"), ("Namespace", "namespace")):
        if not metadata.get(field, str):
            raise FieldError(f"{subject}: metadata.{name}", " is empty; it has to be set")
    found = rollout_of(top)
    return found if top.record("Spec").has("Replicas") else replace(found, replicas=1)  # the API's default


def asked_weight(manifest: Mapping[str, Any]) -> int:
    """The weight that the controller last asked for, as the status has it; 0 when there is none. Raises FieldError."""
    status = JsonFields(manifest, "the manifest", "").record("Status")
    return status.record("Canary").record("Weights").record("Canary").get("Weight", int)


def _json_name(field: str) -> str:
    return _OTHER_NAMES.get(field, field[0].lower() + field[1:])
