"""Findings as SARIF 2.1.0 (OASIS standard), for code hosts and editors that show them beside the lines."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from rollouts_router.findings.model import Finding, Place, Rule

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "rolloutsRouter/v1"
"""Names how a fingerprint is made; it would change with it (section 3.27.17)."""


def render(findings: Sequence[Finding], version: str) -> str:
    """One run of `rollouts-router` of `version`, its results in the given order; ends with a newline."""
    by_code = {finding.rule.code: finding.rule for finding in findings}
    codes = sorted(by_code)
    driver = {
        "name": "rollouts-router",
        "version": version,
        "rules": [_rule(by_code[code]) for code in codes],
    }
    results = [_result(finding, codes.index(finding.rule.code)) for finding in findings]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, rule_index: int) -> dict[str, object]:
    place = finding.place
    subject = f"{place}: " if str(place) else ""
    result: dict[str, object] = {
        "ruleId": finding.rule.code,
        "ruleIndex": rule_index,
        "level": finding.rule.severity.value,
        "message": {"text": f"{subject}{finding.sentence}"},
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding)},
    }
    location = _location(place)
    return {**result, "locations": [location]} if location else result


def _location(place: Place) -> dict[str, object]:
    """Where it is written (3.29) and what it is about (3.33); empty when neither is known."""
    location: dict[str, object] = {}
    if place.file is not None:
        region = {} if place.line is None else {"region": {"startLine": place.line}}
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(place.file)}, **region}
    if str(place):
        name = place.name or place.kind
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": str(place), "kind": "resource"}]
    return location


def _uri(file: str) -> str:
    """A relative path stays relative, to whatever the reader takes as the root of the sources (3.4.4)."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")


def _fingerprint(finding: Finding) -> str:
    """The same for as long as the object has this fault, on whatever line it stands."""
    place = finding.place
    parts = (finding.rule.code, place.kind, place.namespace, place.name, place.file or "", finding.sentence)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
