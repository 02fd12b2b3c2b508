"""Kubernetes labels: their syntax, and LabelSelector objects as the API's query string."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from rollouts_router.core.errors import FieldError

# Kubernetes, "Labels and Selectors": 63 characters that begin and end with an alphanumeric, a key may have
# a DNS subdomain (RFC 1123) before one slash. A value may be empty.
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_MAX_PREFIX: Final = 253


@dataclass(frozen=True, slots=True)
class Label:
    """A label to set on an object."""

    key: str
    value: str


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of matchExpressions."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] = msgspec.field(default_factory=list)


class LabelSelector(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """meta/v1 LabelSelector: all of it must hold. Empty matches every object."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: list[Requirement] = msgspec.field(default_factory=list)


def check_label(field: str, key: str, value: str) -> None:
    """Refuse what the API server would refuse, and what could change a selector's meaning.

    Raises:
        FieldError: Names `field` and what a label looks like.
    """
    if not _is_key(key):
        raise FieldError(
            field, f': "{key}" is not a label key (expected [prefix/]name, name up to 63 characters)'
        )
    if not _is_value(value):
        raise FieldError(
            field, f': "{value}" is not a label value (expected up to 63 of letters, digits, - _ .)'
        )


def selector_query(field: str, selector: LabelSelector) -> str:
    """The `labelSelector` parameter of a LIST that finds what `selector` matches.

    Raises:
        FieldError: Names the entry under `field` that no selector may have.
    """
    terms = [
        _equals(f"{field}.matchLabels", key, value) for key, value in sorted(selector.match_labels.items())
    ]
    terms += [
        _requirement(f"{field}.matchExpressions[{at}]", entry)
        for at, entry in enumerate(selector.match_expressions)
    ]
    return ",".join(terms)


def _equals(field: str, key: str, value: str) -> str:
    check_label(field, key, value)
    return f"{key}={value}"


def _requirement(field: str, entry: Requirement) -> str:
    for value in entry.values or [""]:
        check_label(field, entry.key, value)
    takes_values = entry.operator in {"In", "NotIn"}
    if takes_values != bool(entry.values):
        wanted = "at least one value" if takes_values else "no values"
        raise FieldError(f"{field}.values", f": operator {entry.operator} takes {wanted}")
    return {
        "In": f"{entry.key} in ({','.join(entry.values)})",
        "NotIn": f"{entry.key} notin ({','.join(entry.values)})",
        "Exists": entry.key,
        "DoesNotExist": f"!{entry.key}",
    }[entry.operator]


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or _is_subdomain(prefix))


def _is_subdomain(prefix: str) -> bool:
    return len(prefix) <= _MAX_PREFIX and bool(_PREFIX.fullmatch(prefix))


def _is_value(value: str) -> bool:
    return not value or bool(_NAME.fullmatch(value))
