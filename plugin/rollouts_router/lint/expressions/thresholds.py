"""The numbers that decide a condition, and which way each of them would let more pass."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from rollouts_router.lint.expressions.tree import (
    ORDERED,
    Binary,
    Call,
    Index,
    Member,
    Name,
    Node,
    Number,
    Unary,
)

_TRANSPARENT: Final = frozenset({"asFloat", "asInt", "float", "int", "max", "min"})
_HOLE: Final = Name("…")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number in a comparison.

    Attributes:
        shape: The comparison with a hole where the number was.
        subject: What is compared, for people.
        value: The number.
        truer: +1 when a larger number makes the comparison true more often, -1 when a smaller one does.
    """

    shape: Node
    subject: str
    value: float
    truer: int


def substituted(node: Node, values: Mapping[str, float]) -> Node:
    """A condition with numbers in place of the placeholders `args.<name>` that have one here."""
    match node:
        case Name(name=name) if name.startswith("args.") and name.removeprefix("args.") in values:
            return Number(values[name.removeprefix("args.")])
        case Binary(left=left, right=right):
            return replace(node, left=substituted(left, values), right=substituted(right, values))
        case Unary(operand=operand):
            return replace(node, operand=substituted(operand, values))
        case Call(arguments=arguments):
            return replace(node, arguments=tuple(substituted(each, values) for each in arguments))
        case _:
            return node


def thresholds(node: Node, truer: int = 1) -> Iterator[Threshold]:
    """The numbers of all comparisons of a condition; `truer` is -1 within what is negated."""
    match node:
        case Binary(operator="&&" | "||", left=left, right=right):
            yield from thresholds(left, truer)
            yield from thresholds(right, truer)
        case Unary(operator="!", operand=operand):
            yield from thresholds(operand, -truer)
        case Call(name="all" | "any" | "none" as name, arguments=(_, predicate)):
            yield from thresholds(predicate, -truer if name == "none" else truer)
        case Binary(operator=operator, left=left, right=right) if operator in ORDERED:
            up = truer if operator in {"<", "<="} else -truer  # what a larger right side does
            for number, sign, fill in _numbers(right, 1, lambda hole: replace(node, right=hole)):
                yield Threshold(fill, shown(left), number, up * sign)
            for number, sign, fill in _numbers(left, 1, lambda hole: replace(node, left=hole)):
                yield Threshold(fill, shown(right), number, -up * sign)
        case _:
            return


def _numbers(node: Node, sign: int, fill: Callable[[Node], Node]) -> Iterator[tuple[float, int, Node]]:
    """Numbers of one side, each with the way it moves that side, and the comparison with a hole in its place.

    Factors other than numbers are taken for positive, as rates, counts and times are.
    """
    match node:
        case Number(value=value):
            yield value, sign, fill(_HOLE)
        case Unary(operator="-", operand=operand):
            yield from _numbers(operand, -sign, lambda hole: fill(replace(node, operand=hole)))
        case Binary(operator="+" | "*" | "-" | "/" as operator, left=left, right=right):
            flip = -1 if operator in {"-", "/"} else 1
            yield from _numbers(left, sign, lambda hole: fill(replace(node, left=hole)))
            yield from _numbers(right, sign * flip, lambda hole: fill(replace(node, right=hole)))
        case Call(name=name, arguments=arguments) if name in _TRANSPARENT:
            for at, argument in enumerate(arguments):
                yield from _numbers(argument, sign, partial(_refilled, node, at, fill))
        case _:
            return


def _refilled(call: Call, at: int, fill: Callable[[Node], Node], hole: Node) -> Node:
    """The comparison with a hole in place of an argument."""
    return fill(replace(call, arguments=(*call.arguments[:at], hole, *call.arguments[at + 1 :])))


def shown(node: Node) -> str:
    """A short form of a part, for people."""
    match node:
        case Name(name=name):
            return name
        case Number(value=value):
            return f"{value:g}"
        case Member(base=base, name=name):
            return f"{shown(base)}.{name}"
        case Index(base=base, at=at):
            return f"{shown(base)}[{shown(at)}]"
        case Binary(operator=operator, left=left, right=right):
            return f"{shown(left)} {operator} {shown(right)}"
        case _:
            return "the value"
