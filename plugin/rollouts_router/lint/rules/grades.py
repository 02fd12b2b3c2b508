"""Rules by how bad a finding of theirs is."""

from rollouts_router.findings.model import Rule, Severity


def error(code: str, title: str, remedy: str) -> Rule:
    """It does not work, or it does not do what it says."""
    return Rule(code=code, severity=Severity.ERROR, title=title, remedy=remedy)


def warning(code: str, title: str, remedy: str) -> Rule:
    """It works until something happens that will happen."""
    return Rule(code=code, severity=Severity.WARNING, title=title, remedy=remedy)


def note(code: str, title: str, remedy: str) -> Rule:
    """Worth knowing."""
    return Rule(code=code, severity=Severity.NOTE, title=title, remedy=remedy)
