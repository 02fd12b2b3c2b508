"""An ailment: a rule, and what brings it about. Which there are stands in the other files of this package."""

from dataclasses import dataclass

from rollouts_router.findings.model import Finding, Place, Rule, Severity


@dataclass(frozen=True, slots=True)
class Ailment:
    """A rule, and in a sentence or two what brings its findings about."""

    rule: Rule
    cause: str

    def at(self, place: Place, sentence: str) -> Finding:
        """It was found at this object; the sentence says what exactly."""
        return Finding(rule=self.rule, place=place, sentence=sentence)


def error(code: str, title: str, *, cause: str, remedy: str) -> Ailment:
    """It does not work."""
    return _ailment(code, Severity.ERROR, title, cause, remedy)


def warning(code: str, title: str, *, cause: str, remedy: str) -> Ailment:
    """It works until something happens that will happen."""
    return _ailment(code, Severity.WARNING, title, cause, remedy)


def note(code: str, title: str, *, cause: str, remedy: str) -> Ailment:
    """Worth knowing."""
    return _ailment(code, Severity.NOTE, title, cause, remedy)


def _ailment(code: str, severity: Severity, title: str, cause: str, remedy: str) -> Ailment:
    return Ailment(Rule(code=code, severity=severity, title=title, remedy=remedy), cause)
