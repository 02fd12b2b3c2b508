"""Configuration values of which there are only a few. Nothing else of the configuration is here."""

from enum import Enum
from typing import TypeVar

from rollouts_router.core.errors import FieldError

_E = TypeVar("_E", bound=Enum)


def choice(field: str, choices: type[_E], value: object) -> _E:
    """The member of `choices` that is written as `value`.

    Raises:
        FieldError: There is none; names the field and what it takes.
    """
    found = next((each for each in choices if each.value == value), None)
    if found is None:
        given = f'"{value}"' if isinstance(value, str) else str(value).lower()
        raise FieldError(field, f": expected {' or '.join(each.value for each in choices)}, got {given}")
    return found
