"""The parts of a condition as values. How they are read is `parsing`'s business, what follows is others'."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A literal text."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, `#` in a predicate, or true, false and nil."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name`, and `base["name"]`, which is the same."""

    base: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`base[at]`."""

    base: "Node"
    at: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`; of a method `base.name(arguments)` the base is the first argument."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`!`, `-` or `+` before something; `not` is `!`."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; `and` is `&&`, `or` is `||`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """`test ? yes : no`."""

    test: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Series:
    """`[a, b]`."""

    entries: tuple["Node", ...]


Node: TypeAlias = Number | Text | Name | Member | Index | Call | Unary | Binary | Choice | Series

ORDERED = frozenset({"<", "<=", ">", ">="})


def children(node: Node) -> tuple[Node, ...]:
    """What a node is directly made of."""
    match node:
        case Member(base=only) | Unary(operand=only):
            return (only,)
        case Index(base=left, at=right) | Binary(left=left, right=right):
            return left, right
        case Call(arguments=parts) | Series(entries=parts):
            return parts
        case Choice(test=test, yes=yes, no=no):
            return test, yes, no
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all that is in it."""
    yield node
    for child in children(node):
        yield from walk(child)
