"""The controller's argument records, as gob delivers them, into the router's values.

Fields go by their Go names. Zero values do not travel (encoding/gob), so what is missing is zero; nothing is
required, and unknown fields and newer releases need no change here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from rollouts_router.core.errors import RoutingError
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.model import Rollout
from rollouts_router.core.rollouts import rollout_of
from rollouts_router.router.ports import Experiment
from rollouts_router.wire.gob.records import Interface, Scalar, Value

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class WeightArgs:
    """Argument of SetWeight and VerifyWeight; `experiments` are its additional destinations."""

    rollout: Rollout
    desired: int
    experiments: tuple[Experiment, ...]


@dataclass(frozen=True, slots=True)
class HeaderRouteArgs:
    """Argument of SetHeaderRoute; an empty match asks for the route's removal."""

    rollout: Rollout
    name: str
    match: Mapping[str, TextMatch]


@dataclass(frozen=True, slots=True)
class MirrorRouteArgs:
    """Argument of SetMirrorRoute; no matches ask for the mirror's removal.

    A percentage of 0 does not travel: gob sends it as it sends none, and that means all.
    """

    rollout: Rollout
    name: str
    matches: tuple[RequestMatch, ...]
    percent: int | None


class Record:
    """One struct off the wire, asked field by field; a field of another type than asked for is the peer's fault."""

    def __init__(self, fields: Mapping[Scalar, Value], path: str) -> None:
        self._fields = fields
        self._path = path

    @classmethod
    def argument(cls, argument: object) -> "Record":
        """The struct inside a call's argument.

        Raises:
            RoutingError: The argument is something else.
        """
        if not isinstance(argument, Interface) or not isinstance(argument.value, dict):
            raise RoutingError(
                "the call carries no argument record; is the caller an Argo Rollouts controller?"
            )
        return cls(argument.value, argument.name)

    def get(self, field: str, kind: type[_T]) -> _T:
        """A field's value, zero when it is missing."""
        value = self._fields.get(field)
        if value is None:
            return kind()
        is_bool = isinstance(value, bool)  # which to Python, not to Go, is an int too
        if not isinstance(value, kind) or (is_bool and kind is not bool):
            raise RoutingError(f"{self._path}.{field} is a {type(value).__name__}, expected {kind.__name__}")
        return value

    def record(self, field: str) -> "Record":
        """A nested struct, empty when it is missing."""
        return Record(self.get(field, dict), f"{self._path}.{field}")

    def records(self, field: str) -> list["Record"]:
        """A slice of structs."""
        return [
            Record(entry if isinstance(entry, dict) else {}, f"{self._path}.{field}[{at}]")
            for at, entry in enumerate(self.get(field, list))
        ]

    def names(self) -> list[str]:
        """The names of all fields that were sent: for a map, its keys."""
        return [name for name in self._fields if isinstance(name, str)]

    def has(self, field: str) -> bool:
        """Whether the field was sent: for a pointer to a struct, whether it is set."""
        return self._fields.get(field) is not None

    def raw(self, field: str, key: str) -> bytes | None:
        """An entry of a map of JSON texts; None when it is missing or something else."""
        entry = self.get(field, dict).get(key)
        return entry if isinstance(entry, bytes) else None


def weight_args(argument: object) -> WeightArgs:
    """Read SetWeightAndVerifyWeightArgs."""
    record = Record.argument(argument)
    experiments = record.records("AdditionalDestinations")
    return WeightArgs(
        rollout=_rollout(record.record("Rollout")),
        desired=record.get("DesiredWeight", int),
        experiments=tuple(
            Experiment(entry.get("ServiceName", str), entry.get("Weight", int)) for entry in experiments
        ),
    )


def header_route_args(argument: object) -> HeaderRouteArgs:
    """Read SetHeaderArgs."""
    record = Record.argument(argument)
    step = record.record("SetHeaderRoute")
    return HeaderRouteArgs(
        rollout=_rollout(record.record("Rollout")),
        name=step.get("Name", str),
        match={
            entry.get("HeaderName", str): _text_match(entry.record("HeaderValue"))
            for entry in step.records("Match")
        },
    )


def mirror_route_args(argument: object) -> MirrorRouteArgs:
    """Read SetMirrorArgs."""
    record = Record.argument(argument)
    step = record.record("SetMirrorRoute")
    return MirrorRouteArgs(
        rollout=_rollout(record.record("Rollout")),
        name=step.get("Name", str),
        matches=tuple(_request_match(entry) for entry in step.records("Match")),
        percent=step.get("Percentage", int) if step.has("Percentage") else None,
    )


def rollout_args(argument: object) -> Rollout:
    """Read an argument that holds a Rollout only."""
    return _rollout(Record.argument(argument).record("Rollout"))


def _rollout(record: Record) -> Rollout:
    rollout = rollout_of(record)
    if not rollout.name or not rollout.namespace:
        raise RoutingError("the call's Rollout has no metadata.name or metadata.namespace")
    return rollout


def _text_match(record: Record) -> TextMatch:
    return TextMatch(
        exact=record.get("Exact", str), prefix=record.get("Prefix", str), regex=record.get("Regex", str)
    )


def _request_match(record: Record) -> RequestMatch:
    headers = record.record("Headers")
    return RequestMatch(
        method=_text_match(record.record("Method")) if record.has("Method") else None,
        path=_text_match(record.record("Path")) if record.has("Path") else None,
        headers={name: _text_match(headers.record(name)) for name in headers.names()},
    )
