"""Findings as JSON."""

import json

from tests.findings.found import NAME, found

from rollouts_router.findings import as_json


def test_a_finding_has_every_key_whether_known_or_not() -> None:
    document = json.loads(as_json.render([found(file="app.yaml", line=7), found(NAME, "longish")]))

    assert document["findings"][0] == {
        "code": "RR901",
        "severity": "error",
        "title": "a weight is out of range",
        "sentence": "setWeight is 101",
        "remedy": "Write 0 to 100.",
        "object": {"kind": "Rollout", "namespace": "shop", "name": "web"},
        "file": "app.yaml",
        "line": 7,
    }
    assert document["findings"][1]["file"] is None
    assert document["findings"][1]["line"] is None
    assert document["summary"] == {"error": 1, "warning": 0, "note": 1}


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads(as_json.render([]))["findings"] == []
