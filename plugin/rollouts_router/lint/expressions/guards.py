"""What a condition reads without having made sure that it is there.

`a && b` evaluates b only where a is true, `a || b` only where a is false, and a choice either of its sides; so what is
known to hold goes along, as facts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from rollouts_router.lint.expressions.tree import (
    ORDERED,
    Binary,
    Call,
    Choice,
    Index,
    Member,
    Name,
    Node,
    Number,
    Unary,
    children,
)

_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "**", "^"})


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A list has so many entries."""

    base: Node
    length: int


@dataclass(frozen=True, slots=True)
class Present:
    """It is not nil."""

    node: Node


@dataclass(frozen=True, slots=True)
class Positive:
    """It is a number above 0, so a count that saw something."""

    node: Node


Fact: TypeAlias = AtLeast | Present | Positive
Facts: TypeAlias = frozenset[Fact]


@dataclass(frozen=True, slots=True)
class Read:
    """A part of the condition, and what holds when it is evaluated."""

    node: Node
    facts: Facts

    def has_length(self, base: Node, length: int) -> bool:
        """Whether a list is known to have so many entries."""
        return any(
            isinstance(each, AtLeast) and each.base == base and each.length >= length for each in self.facts
        )


def reads(node: Node, facts: Facts = frozenset()) -> Iterator[Read]:
    """Every part of a condition with what holds there, from the outside in."""
    yield Read(node, facts)
    match node:
        case Binary(operator="&&", left=left, right=right):
            yield from reads(left, facts)
            yield from reads(right, facts | _learned(left, is_true=True))
        case Binary(operator="||", left=left, right=right):
            yield from reads(left, facts)
            yield from reads(right, facts | _learned(left, is_true=False))
        case Choice(test=test, yes=yes, no=no):
            yield from reads(test, facts)
            yield from reads(yes, facts | _learned(test, is_true=True))
            yield from reads(no, facts | _learned(test, is_true=False))
        case _:
            for child in children(node):
                yield from reads(child, facts)


def unguarded_entries(node: Node) -> Iterator[Index]:
    """`list[number]` where the list may be shorter: the engine fails there."""
    for read in reads(node):
        match read.node:
            case Index(base=Name() as base, at=Number(value=number)) if not read.has_length(
                base, int(number) + 1
            ):
                yield read.node
            case _:
                pass


def unguarded_values(node: Node) -> Iterator[tuple[Member, Facts]]:
    """Members that are compared or reckoned with while they may be nil: the engine fails there. With what holds there."""
    for read in reads(node):
        match read.node:
            case Binary(operator=operator, left=left, right=right) if operator in ORDERED | _ARITHMETIC:
                for operand in (left, right):
                    if isinstance(operand, Member) and Present(operand) not in read.facts:
                        yield operand, read.facts
            case _:
                pass


def _learned(node: Node, *, is_true: bool) -> Facts:
    """What is known once this is true, or false."""
    match node:
        case Unary(operator="!", operand=operand):
            return _learned(operand, is_true=not is_true)
        case Binary(operator="&&", left=left, right=right) if is_true:
            return _learned(left, is_true=True) | _learned(right, is_true=True)
        case Binary(operator="||", left=left, right=right) if not is_true:
            return _learned(left, is_true=False) | _learned(right, is_true=False)
        case Binary(operator=operator, left=left, right=right) if operator in _MIRRORED:
            operator = operator if is_true else _OPPOSITE[operator]
            return _compared(operator, left, right) | _compared(_MIRRORED[operator], right, left)
        case _:
            return frozenset()


def _compared(operator: str, left: Node, right: Node) -> Facts:
    """What `left operator right` says of the left side."""
    if operator == "!=" and right == Name("nil"):
        return frozenset({Present(left)})
    least = _least(operator, right)
    if least is None:
        return frozenset()
    match left:
        case Call(name="len", arguments=(base,)):
            return frozenset({AtLeast(base, least)})
        case _:
            return frozenset({Positive(left)}) if least > 0 else frozenset()


def _least(operator: str, right: Node) -> int | None:
    """The least whole number that the left side can be; a placeholder is taken for at least 1."""
    placeholder = isinstance(right, Name) and right.name.startswith("args.")
    if not isinstance(right, Number) and not placeholder:
        return None
    number = int(right.value) if isinstance(right, Number) else 1
    match operator:
        case ">":
            return number + 1
        case ">=" | "==":
            return number
        case "!=" if number == 0:
            return 1
        case _:
            return None
