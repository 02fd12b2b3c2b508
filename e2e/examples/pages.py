"""What the README of an example says: its commands, and a table for each Rollout of what is seen at which step. Pure.

    | step of shop | HTTPRoute shop | ScaledObject shop |
    |---|---|---|
    | 1 | 80 / 20 + testers | held |
    | end | 100 / 0 | free |

A step is numbered as `kubectl argo rollouts get rollout` counts: by the steps that are done. A route's cell has the
weights of its rules' backends in their order, the rules that were put in by name, and `mirror` for a filter in a rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from e2e.bed.kinds import Object

END: Final = "end"
HOLD: Final = "rollouts.argoproj.io/keda-hold"
_BLOCK: Final = re.compile(r"^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE: Final = re.compile(r"(?:^\|.*\|\n?)+", re.MULTILINE)
_HEAD: Final = re.compile(r"step of (?P<rollout>[\w-]+)")
_SUBJECT: Final = re.compile(
    r"(?P<kind>\w+) (?:(?P<namespace>[\w-]+)/)?(?P<name>[\w-]+)(?:: (?P<rule>[\w-]+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The head of a column: an object, or the rule of a route that has this name."""

    kind: str
    name: str
    namespace: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """A row: a step, or the end, and the cell of each subject."""

    step: str
    cells: dict[Subject, str]


@dataclass(frozen=True, slots=True)
class Walk:
    """A table."""

    rollout: str
    stands: tuple[Stand, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A README: the lines of its commands, and its tables."""

    commands: tuple[str, ...]
    walks: tuple[Walk, ...]

    def command(self, words: str) -> str:
        """The one command with these words in a row."""
        (found,) = (line for line in self.commands if f" {words} " in f"{line} ")
        return found

    @property
    def deploying(self) -> tuple[str, ...]:
        """The commands up to the first that is about a new version."""
        return tuple(line for line in self.commands if "argo rollouts" not in line)


def page(text: str) -> Page:
    """Read a README."""
    lines = [line for block in _BLOCK.finditer(text) for line in block["text"].splitlines()]
    return Page(tuple(lines), tuple(_walk(found[0]) for found in _TABLE.finditer(text)))


def cell(subject: Subject, now: Object, deployed: Object) -> str:
    """What an object shows now, in the words of a table; `deployed` is the object before the canary."""
    if subject.kind == "ScaledObject":
        return "held" if HOLD in (now["metadata"].get("annotations") or {}) else "free"
    known = {rule.get("name") for rule in deployed["spec"]["rules"]}
    added = [rule["name"] for rule in now["spec"]["rules"] if rule.get("name") not in known]
    own = [rule for rule in now["spec"]["rules"] if rule.get("name") in known]
    own = [rule for rule in own if subject.rule in {"", rule.get("name")}]
    mirrors = ["mirror"] if any(map(_mirrors, own)) else []
    return " + ".join((_weights(own), *added, *mirrors))


def _weights(rules: Iterable[Object]) -> str:
    """Of each backend in its order; twice where rules differ."""
    shown = [" / ".join(str(ref["weight"]) for ref in rule["backendRefs"]) for rule in rules]
    return "; ".join(dict.fromkeys(shown))


def _mirrors(rule: Object) -> bool:
    return any(each["type"] == "RequestMirror" for each in rule.get("filters", ()))


def _walk(table: str) -> Walk:
    head, _, *rows = (_cells(line) for line in table.splitlines())
    about = _HEAD.fullmatch(head[0])
    assert about, head
    subjects = [_subject(each) for each in head[1:]]
    stands = (Stand(row[0], dict(zip(subjects, row[1:], strict=True))) for row in rows)
    return Walk(about["rollout"], tuple(stands))


def _subject(text: str) -> Subject:
    found = _SUBJECT.fullmatch(text)
    assert found, text
    return Subject(
        kind=found["kind"],
        name=found["name"],
        namespace=found["namespace"] or "",
        rule=found["rule"] or "",
    )


def _cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip("|").split("|")]
