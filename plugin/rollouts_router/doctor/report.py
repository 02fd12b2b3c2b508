"""What was found, for people: a line for each check, and below it what it found. Programs get JSON or SARIF."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from rollouts_router.doctor.ailments.book import CODES
from rollouts_router.doctor.judging import Checked, Group, findings_of
from rollouts_router.findings.model import Finding, Severity

_PAGE: Final = "docs/doctor.md"
_LINT: Final = "docs/lint.md"
_OK: Final = "✓"
_UNSEEN: Final = "?"
"""Of a check that could not begin to look; what it lacks, another one tells."""
_MARKS: Final = {Severity.ERROR: "✗", Severity.WARNING: "‼", Severity.NOTE: "·"}
_SHOWN: Final = 2000
"""Characters of a sentence; names and messages of others are in it."""


def render(groups: Sequence[Group], *, quiet: bool) -> str:
    """All groups, with `quiet` only what was found; ends with a newline."""
    lines: list[str] = []
    for group in groups:
        body = [line for check in group.checks for line in _check(check, quiet=quiet)]
        if body:
            lines += [_printable(group.name), *body, ""]
    return "\n".join([*lines, _tally(findings_of(groups))]) + "\n"


def _check(check: Checked, *, quiet: bool) -> Iterator[str]:
    if not check.findings:
        if not quiet:
            yield f"  {_OK if check.findings is not None else _UNSEEN} {_printable(check.title)}"
        return
    yield f"  {_mark(check.findings)} {_printable(check.title)}"
    for rule, of_one_rule in groupby(check.findings, key=attrgetter("rule")):
        for each in of_one_rule:
            subject = f"{each.place}: " if str(each.place) else ""
            yield f"      {rule.severity.value} {rule.code}: {_printable(subject + each.sentence)}"
        yield f"        {rule.remedy}"
        yield f"        {_link(rule.code)}"


def _link(code: str) -> str:
    return f"{_PAGE}#{code.lower()}" if code in CODES else _LINT


def _mark(findings: Iterable[Finding]) -> str:
    found = {each.rule.severity for each in findings}
    return next(mark for severity, mark in _MARKS.items() if severity in found)


def _tally(findings: Sequence[Finding]) -> str:
    counts = {severity: sum(each.rule.severity is severity for each in findings) for severity in Severity}
    told = [f"{count} {severity.value}{'s' * (count > 1)}" for severity, count in counts.items() if count]
    return ", ".join(told) if told else "nothing found: it will work"


def _printable(text: str) -> str:
    """What others wrote, on one line, and without what would move a terminal's cursor."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)
