"""Findings as JSON, for programs. Keys may be added, and none is taken away."""

import json
from collections.abc import Sequence

from rollouts_router.findings.model import Finding, Severity


def render(findings: Sequence[Finding]) -> str:
    """One object with `findings`, in the given order, and `summary`, their number by severity; ends with a newline."""
    summary = {
        severity.value: sum(finding.rule.severity is severity for finding in findings)
        for severity in Severity
    }
    document = {"findings": [_entry(finding) for finding in findings], "summary": summary}
    return json.dumps(document, indent=2) + "\n"


def _entry(finding: Finding) -> dict[str, object]:
    rule, place = finding.rule, finding.place
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "title": rule.title,
        "sentence": finding.sentence,
        "remedy": rule.remedy,
        "object": {"kind": place.kind, "namespace": place.namespace, "name": place.name},
        "file": place.file,
        "line": place.line,
    }
