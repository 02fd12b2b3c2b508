"""Coded findings on objects of a cluster or of files. No check and no output format lives here."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is; the value is the word for it in every output."""

    ERROR = "error"
    """It does not work, or it does not do what it says."""
    WARNING = "warning"
    """It works until something happens that will happen."""
    NOTE = "note"
    """Worth knowing; nothing has to be done."""

    def reaches(self, bar: "Severity") -> bool:
        """Whether this is as bad as `bar`, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(bar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is looked for.

    Attributes:
        code: `RR` and three digits. It is never given to another rule, so it may stand in settings and suppressions.
        severity: Of every finding of this rule.
        title: What is wrong, in half a sentence, without the object.
        remedy: What to do about it, as a sentence.
    """

    code: str
    severity: Severity
    title: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The object, and where it is written.

    Attributes:
        kind: Of the object; empty when it is not about one, as with a file that cannot be read.
        namespace: Empty for objects of the cluster, and where none is written.
        name: Of the object.
        file: As the user gave it; None for what was read from a cluster.
        line: In the file, from 1; None when it is about no line, or without a file.
    """

    kind: str = ""
    namespace: str = ""
    name: str = ""
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """`Kind namespace/name`, without what is not known; empty when it is about no object."""
        name = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.kind, name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that an object breaks.

    Attributes:
        rule: Which rule.
        place: Which object, where.
        sentence: What exactly was found, with the fields and values; neither the object nor the remedy is in it.
    """

    rule: Rule
    place: Place
    sentence: str
