"""JSON Patch (RFC 6902) as values. What to change is decided elsewhere; here is only how it is written."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a patch. `value` counts for every operation but `remove`."""

    op: str
    path: str
    value: object = None

    def to_json(self) -> Mapping[str, object]:
        """The step as RFC 6902, section 4, writes it."""
        if self.op == "remove":
            return {"op": self.op, "path": self.path}
        return {"op": self.op, "path": self.path, "value": self.value}


@dataclass(frozen=True, slots=True)
class Patch:
    """What a write assumes (`guards`, all of them `test`) and what it changes. Empty when it changes nothing."""

    guards: tuple[Operation, ...] = ()
    changes: tuple[Operation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def to_json(self) -> list[Mapping[str, object]]:
        """The body of the request: first every assumption, then every change."""
        return [step.to_json() for step in (*self.guards, *self.changes)]


def pointer(*tokens: str | int) -> str:
    """A JSON Pointer (RFC 6901) of these tokens, with `~` and `/` escaped."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)
