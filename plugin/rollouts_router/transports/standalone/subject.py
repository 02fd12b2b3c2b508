"""Reads the subject of a certificate as the gRPC library gives it: a text in the form of RFC 2253.

The library takes the first common name where there are several, the API server the last one; whoever is to decide
gets all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = frozenset(",+")
_HEX: Final = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Subject:
    """The attributes that say who somebody is, each in the order of the certificate."""

    common_names: tuple[str, ...]
    organizations: tuple[str, ...]


def subject(text: str) -> Subject:
    """Read a subject. Raises ValueError for what is none, or has characters that are not UTF-8."""
    pairs = [_pair(attribute) for attribute in _attributes(text)]
    pairs.reverse()  # RFC 2253, 2.1: the last one comes first
    return Subject(
        tuple(value for name, value in pairs if name == "CN"),
        tuple(value for name, value in pairs if name == "O"),
    )


def _attributes(text: str) -> Iterator[str]:
    """The parts between separators that are not escaped, still escaped."""
    start, place = 0, 0
    while place < len(text):
        if text[place] in _SEPARATORS:
            yield text[start:place]
            start = place + 1
        place += 2 if text[place] == "\\" else 1
    if text:
        yield text[start:]


def _pair(attribute: str) -> tuple[str, str]:
    name, equals, value = attribute.partition("=")
    if not name or not equals:
        raise ValueError(f"{attribute!r} is no attribute of a subject")
    if value.startswith("#"):  # bytes of a type that is no text: nothing that could be a name
        return "", value
    return name, b"".join(_bytes(value)).decode()


def _bytes(value: str) -> Iterator[bytes]:
    place = 0
    while place < len(value):
        if value[place] != "\\":
            yield value[place].encode()
            place += 1
        elif len(pair := value[place + 1 : place + 3]) == 2 and set(pair) <= _HEX:
            yield bytes.fromhex(pair)
            place += 3
        else:
            yield value[place + 1 : place + 2].encode()
            place += 2
