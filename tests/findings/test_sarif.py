"""Findings as SARIF."""

import json
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st
from tests.findings.found import NAME, WEIGHT, found
from tests.findings.sarif_schema import SCHEMA

from rollouts_router.findings import sarif
from rollouts_router.findings.model import Finding, Place


def _run(*findings: Finding) -> dict[str, Any]:
    document = json.loads(sarif.render(findings, "1.2.3"))
    jsonschema.validate(document, SCHEMA)
    run: dict[str, Any] = document["runs"][0]
    return run


_TEXTS = st.text(min_size=1)


@given(
    st.builds(
        Finding,
        rule=st.sampled_from([NAME, WEIGHT]),
        place=st.builds(
            Place,
            kind=_TEXTS,
            namespace=st.text(),
            name=st.text(),
            file=st.none() | _TEXTS,
            line=st.none() | st.integers(1),
        ),
        sentence=_TEXTS,
    )
)
def test_whatever_is_found_makes_a_valid_document(finding: Finding) -> None:
    assert len(_run(finding)["results"]) == 1


def test_a_result_points_at_its_rule_its_line_and_its_object() -> None:
    run = _run(found(file="deploy/app one.yaml", line=7), found(NAME, "longish"))

    rules = run["tool"]["driver"]["rules"]
    first, second = run["results"]
    assert [rules[each["ruleIndex"]]["id"] for each in (first, second)] == ["RR901", "RR902"]
    assert first["message"] == {"text": "Rollout shop/web: setWeight is 101"}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "deploy/app%20one.yaml"},
        "region": {"startLine": 7},
    }
    assert second["locations"] == [
        {"logicalLocations": [{"name": "web", "fullyQualifiedName": "Rollout shop/web", "kind": "resource"}]}
    ]


def test_each_rule_is_listed_once_by_its_code() -> None:
    run = _run(found(NAME), found(WEIGHT), found(NAME))

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RR901", "RR902"]


def test_a_file_by_its_absolute_path_is_a_file_uri() -> None:
    run = _run(found(file="/srv/app.yaml"))

    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "file:///srv/app.yaml"
    )


def test_a_finding_about_nothing_in_particular_has_no_location() -> None:
    run = _run(Finding(rule=WEIGHT, place=Place(), sentence="no API server"))

    assert "locations" not in run["results"][0]


def test_a_fingerprint_outlives_a_move_to_another_line_and_no_change_of_the_fault() -> None:
    here, moved, other = _run(
        found(file="a", line=1), found(file="a", line=9), found(file="a", sentence="is 102")
    )["results"]

    assert here["partialFingerprints"] == moved["partialFingerprints"]
    assert here["partialFingerprints"] != other["partialFingerprints"]
