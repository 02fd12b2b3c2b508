"""Findings in words, for people at a terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from rollouts_router.findings.model import Finding, Place, Severity


def render(findings: Sequence[Finding]) -> str:
    """A paragraph for each finding in the given order, then their number; ends with a newline.

    Of several findings of one rule in a row, the last one tells the remedy for all.
    """
    lines: list[str] = []
    for rule, of_one_rule in groupby(findings, key=attrgetter("rule")):
        lines.extend([*map(_headline, of_one_rule), f"    {_printable(rule.remedy)}", ""])
    lines.append(_tally(findings))
    return "\n".join(lines) + "\n"


def _headline(finding: Finding) -> str:
    words = [_where(finding.place), f"{finding.rule.severity.value} {finding.rule.code}:", str(finding.place)]
    begin = " ".join(word for word in words if word)
    colon = ":" if str(finding.place) else ""
    return _printable(f"{begin}{colon} {finding.sentence}")


def _where(place: Place) -> str:
    if place.file is None:
        return ""
    return f"{place.file}:" if place.line is None else f"{place.file}:{place.line}:"


def _tally(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.rule.severity for finding in findings)
    return ", ".join(_counted(counts)) if counts else "nothing found"


def _counted(counts: Counter[Severity]) -> Iterator[str]:
    for severity in Severity:
        if counts[severity]:
            yield f"{counts[severity]} {severity.value}{'s' if counts[severity] > 1 else ''}"


def _printable(text: str) -> str:
    """What others wrote in names and values, without what would move a terminal's cursor or break the line."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
