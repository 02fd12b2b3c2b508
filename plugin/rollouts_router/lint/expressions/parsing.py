"""The text of a condition into its tree. Source of the grammar: expr-lang 1.17, language definition.

Only what conditions are made of. For the rest (`let`, pipes, maps, ranges) there is no tree, and then nothing is
judged: a linter that guesses is switched off. Placeholders `{{args.x}}` are read as the name `args.x`.
"""

import re
from collections.abc import Sequence
from typing import Final

from rollouts_router.lint.expressions.tree import (
    Binary,
    Call,
    Choice,
    Index,
    Member,
    Name,
    Node,
    Number,
    Series,
    Text,
    Unary,
)

MAX_TOKENS: Final = 2_000
MAX_DEPTH: Final = 40

_PLACEHOLDER: Final = re.compile(r"\{\{\s*(args\.[A-Za-z0-9_.-]+)\s*\}\}")
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<name>args\.[A-Za-z0-9_.-]+(?=\x00)|[A-Za-z_$][A-Za-z0-9_]*|\#)
    | (?P<sign>\x00|&&|\|\||\?\?|\?\.|==|!=|<=|>=|\*\*|[-+*/%^<>!?:()\[\]{},.])
    )""",
    re.VERBOSE,
)
_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}
_BINARY: Final = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in", "matches", "contains", "startsWith", "endsWith"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**", "^"),
    ("??",),
)
"""By how strongly they bind, weakest first."""

_END: Final = ("end", "")


class UnknownSyntaxError(Exception):
    """Not of the part of the language that is read here, or of no language."""


def parse(condition: str) -> Node | None:
    """The tree of a condition; None when it is not understood."""
    try:
        return _Parser(_tokens(condition)).whole()
    except UnknownSyntaxError:
        return None


def _tokens(condition: str) -> list[tuple[str, str]]:
    # NUL marks the end of a placeholder's name, which may hold dashes, as no other name may.
    text = _PLACEHOLDER.sub(lambda found: f" {found[1]}\0", condition).rstrip()
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or len(found) >= MAX_TOKENS:
            raise UnknownSyntaxError
        kind, value = str(token.lastgroup), str(token[str(token.lastgroup)])
        at = token.end()
        if value == "\0":
            continue
        found.append(("sign", _WORDS[value]) if kind == "name" and value in _WORDS else (kind, value))
    return found


def _text(value: str) -> Node:
    """A literal text; a placeholder in quotes is as good as one without."""
    inner = value.strip()
    return Name(inner[:-1]) if inner.startswith("args.") and inner.endswith("\0") else Text(value)


class _Parser:
    """Recursive descent over the tokens; each method takes what it reads off them."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._next() != _END:
            raise UnknownSyntaxError
        return node

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnknownSyntaxError
        node = self._binary(0)
        if self._take("?"):
            yes = self._choice()
            self._require(":")
            node = Choice(node, yes, self._choice())
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_BINARY):
            return self._unary()
        node = self._binary(level + 1)
        while operator := self._operator(level):
            node = Binary(operator, node, self._binary(level + 1))
        return node

    def _operator(self, level: int) -> str:
        """The next token, if it is an operator of this level; `not in` and its like are the operator after `not`."""
        value = self._next()[1]
        if value not in _BINARY[level] or self._next()[0] == "text":
            return ""
        self._at += 1
        return value

    def _unary(self) -> Node:
        for sign in ("!", "-", "+"):
            if self._take(sign):
                self._depth += 1
                if self._depth > MAX_DEPTH:
                    raise UnknownSyntaxError
                operand = self._unary()
                self._depth -= 1
                return Unary(sign, operand)
        return self._postfix(self._primary())

    def _postfix(self, node: Node) -> Node:
        while True:
            dotted = self._take(".") or self._take("?.")
            if self._take("["):
                node = self._index(node)
            elif dotted:
                name = self._name()
                node = Call(name, (node, *self._until(")"))) if self._take("(") else Member(node, name)
            else:
                return node

    def _index(self, base: Node) -> Node:
        at = self._choice()
        self._require("]")
        return Member(base, at.value) if isinstance(at, Text) else Index(base, at)

    def _primary(self) -> Node:
        kind, value = self._next()
        self._at += 1
        if kind == "number":
            return Number(float(value.replace("_", "")))
        if kind == "text":
            return _text(value[1:-1])
        if kind == "name":
            return Call(value, self._until(")")) if self._take("(") else Name(value)
        if value == "(":
            node = self._choice()
            self._require(")")
            return node
        if value == "[":
            return Series(self._until("]"))
        if value == ".":
            return Member(Name("#"), self._name())
        raise UnknownSyntaxError

    def _until(self, end: str) -> tuple[Node, ...]:
        """Arguments or entries, up to the closing sign; a predicate may stand in braces."""
        found: list[Node] = []
        while not self._take(end):
            if found:
                self._require(",")
            if self._take("{"):
                found.append(self._choice())
                self._require("}")
            else:
                found.append(self._choice())
        return tuple(found)

    def _name(self) -> str:
        kind, value = self._next()
        if kind != "name":
            raise UnknownSyntaxError
        self._at += 1
        return value

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self, sign: str) -> bool:
        if self._next() != ("sign", sign):
            return False
        self._at += 1
        return True

    def _require(self, sign: str) -> None:
        if not self._take(sign):
            raise UnknownSyntaxError
