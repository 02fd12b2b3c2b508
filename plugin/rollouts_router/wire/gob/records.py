"""What gob carries, in Python's words: kinds, struct types, values. No bytes are read or written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import TypeAlias


@unique
class Kind(Enum):
    """The basic types; the numbers are gob's built-in type ids (encoding/gob, "Types and Values")."""

    BOOL = 1
    INT = 2
    UINT = 3
    FLOAT = 4
    BYTES = 5
    STRING = 6
    COMPLEX = 7


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct as we send it: the Go name of the type and its exported fields in order."""

    name: str
    fields: "tuple[Field, ...]"


@dataclass(frozen=True, slots=True)
class Field:
    """One exported field of a struct, under its Go name."""

    name: str
    type: Kind | StructType


Scalar: TypeAlias = bool | int | float | complex | str | bytes
Record: TypeAlias = Mapping[str, "Scalar | Record"]


@dataclass(frozen=True, slots=True)
class Typed:
    """A value to send and its type. A struct's value maps field names to values; missing means zero."""

    type: Kind | StructType
    value: Scalar | Record


@dataclass(frozen=True, slots=True)
class Interface:
    """A received interface value: the name its concrete type is registered under, and the value."""

    name: str
    value: "Value"


Value: TypeAlias = "Scalar | list[Value] | dict[Scalar, Value] | Interface | None"
"""A received value. Struct: dict by Go field name, zero fields absent. Map: dict. Slice, array: list.
Nil interface: None. A type that encodes itself (time.Time): bytes. Bytes of a string that are not
UTF-8 arrive as surrogate escapes."""
