"""Findings in words."""

from hypothesis import given
from hypothesis import strategies as st
from tests.findings.found import NAME, WEIGHT, found

from rollouts_router.findings import text
from rollouts_router.findings.model import Finding, Place


def test_a_finding_is_where_what_and_what_to_do() -> None:
    assert text.render([found(file="app.yaml", line=7)]) == (
        "app.yaml:7: error RR901: Rollout shop/web: setWeight is 101\n    Write 0 to 100.\n\n1 error\n"
    )


def test_findings_of_one_rule_share_its_remedy_and_the_tally_begins_with_the_worst() -> None:
    findings = [found(NAME, "longish"), found(WEIGHT, "setWeight is 101"), found(WEIGHT, "setWeight is 102")]

    assert text.render(findings) == (
        "note RR902: Rollout shop/web: longish\n"
        "    Shorten it.\n"
        "\n"
        "error RR901: Rollout shop/web: setWeight is 101\n"
        "error RR901: Rollout shop/web: setWeight is 102\n"
        "    Write 0 to 100.\n"
        "\n"
        "2 errors, 1 note\n"
    )


def test_a_file_without_line_or_object_is_told_without_them() -> None:
    finding = Finding(rule=WEIGHT, place=Place(file="app.yaml"), sentence="it is empty")

    assert text.render([finding]).startswith("app.yaml: error RR901: it is empty\n")


def test_nothing_found_is_said() -> None:
    assert text.render([]) == "nothing found\n"


@given(st.text())
def test_whatever_stands_in_a_name_stays_on_its_line_and_moves_no_cursor(name: str) -> None:
    finding = Finding(rule=WEIGHT, place=Place(kind="Rollout", name=name, file=name), sentence=name)

    lines = text.render([finding]).split("\n")

    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)
