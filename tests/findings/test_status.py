"""The exit status of a check."""

from tests.findings.found import NAME, SLOW, found

from rollouts_router.findings.model import Severity
from rollouts_router.findings.status import ExitStatus, exit_status


def test_only_findings_at_or_above_the_bar_fail() -> None:
    findings = [found(SLOW), found(NAME)]

    assert exit_status(findings, Severity.ERROR) is ExitStatus.CLEAN
    assert exit_status(findings, Severity.WARNING) is ExitStatus.FINDINGS
    assert exit_status([], Severity.NOTE) is ExitStatus.CLEAN
