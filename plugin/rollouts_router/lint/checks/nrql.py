"""What a NRQL query selects, and under which names. Source: New Relic's NRQL reference; no other clause is looked at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_CLAUSES: Final = frozenset(
    [
        "FROM",
        "WHERE",
        "FACET",
        "SINCE",
        "UNTIL",
        "TIMESERIES",
        "LIMIT",
        "COMPARE",
        "WITH",
        "EXTRAPOLATE",
        "ORDER",
        "SLIDE",
        "RAW",
        "PREDICT",
    ]
)
_WORD: Final = re.compile(
    r"'(?:[^'\\]|\\.)*'|`[^`]*`|\"[^\"]*\"|\{\{.*?\}\}|[A-Za-z_][\w.]*|\s+|.", re.DOTALL
)
_COUNTS: Final = re.compile(
    r"\s*(?:count|uniqueCount|sum|filter\s*\(\s*count|filter\s*\(\s*uniqueCount)\s*\(", re.IGNORECASE
)
"""Functions that give 0 where there is nothing; all others give null."""

MAX_CHARACTERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """One term of SELECT: its text, and the name that AS gives it, empty without one."""

    text: str
    alias: str

    @property
    def is_count(self) -> bool:
        """Whether it is a number, and never null, when nothing was found."""
        return _COUNTS.match(self.text) is not None


def terms(query: str) -> list[Term]:
    """The terms of SELECT; none when the query is not understood."""
    return [_term(words) for words in _split(query[:MAX_CHARACTERS])]


def unnamed_terms(query: str) -> Iterator[str]:
    """Terms whose name New Relic makes up."""
    for term in terms(query):
        if not term.alias:
            yield term.text.strip()


def _split(query: str) -> Iterator[list[str]]:
    """The tokens of each term: between SELECT and the next clause, at commas outside of brackets."""
    words: list[str] = []
    depth, selecting = 0, False
    for word in _WORD.findall(query):
        upper = word.upper()
        if not selecting:
            selecting = upper == "SELECT"
            continue
        if depth == 0 and upper in _CLAUSES:
            break
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            yield words
            words = []
        else:
            words.append(word)
    if "".join(words).strip():
        yield words


def _term(words: list[str]) -> Term:
    solid = [word for word in words if not word.isspace()]
    if len(solid) > 2 and solid[-2].upper() == "AS":
        at = len(words) - 1 - words[::-1].index(solid[-2])
        return Term("".join(words[:at]), solid[-1].strip("'`\""))
    return Term("".join(words), "")
