"""Findings as an exit status."""

from collections.abc import Iterable
from enum import IntEnum

from rollouts_router.findings.model import Finding, Severity


class ExitStatus(IntEnum):
    """What a check's process ends with."""

    CLEAN = 0
    FINDINGS = 1
    CANNOT_LOOK = 2
    """A usage error, or what should be checked could not be read at all."""


def exit_status(findings: Iterable[Finding], fail_on: Severity) -> ExitStatus:
    """FINDINGS when one of them is as bad as `fail_on`, or worse; else CLEAN."""
    bad = any(finding.rule.severity.reaches(fail_on) for finding in findings)
    return ExitStatus.FINDINGS if bad else ExitStatus.CLEAN
