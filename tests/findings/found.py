"""Findings for the tests of the outputs."""

from rollouts_router.findings.model import Finding, Place, Rule, Severity

WEIGHT = Rule(
    code="RR901", severity=Severity.ERROR, title="a weight is out of range", remedy="Write 0 to 100."
)
NAME = Rule(code="RR902", severity=Severity.NOTE, title="a name is long", remedy="Shorten it.")
SLOW = Rule(code="RR903", severity=Severity.WARNING, title="a step is slow", remedy="Shorten its pause.")


def found(
    rule: Rule = WEIGHT,
    sentence: str = "setWeight is 101",
    *,
    file: str | None = None,
    line: int | None = None,
) -> Finding:
    """A finding on Rollout shop/web."""
    place = Place(kind="Rollout", namespace="shop", name="web", file=file, line=line)
    return Finding(rule=rule, place=place, sentence=sentence)
