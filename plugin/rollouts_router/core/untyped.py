"""Untyped JSON, read without trust: the value when it has the wanted type, else an empty one. Nothing here raises."""

from collections.abc import Mapping
from typing import Any, TypeAlias

JsonObject: TypeAlias = Mapping[str, Any]
"""An object of JSON that is only read."""


def mapping(value: object) -> JsonObject:
    """An object, empty when it is something else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """A list, empty when it is something else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A string, empty when it is something else."""
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """An integer, None when it is something else; true and false are something else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
