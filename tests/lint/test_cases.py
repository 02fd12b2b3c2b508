"""Every rule has a file that breaks it, and nothing else, and one that keeps it."""

from pathlib import Path

import pytest

from rollouts_router.lint.catalogue import FAMILIES, RULES
from rollouts_router.lint.linting import Text, lint

CASES = Path(__file__).parent / "cases"


def codes(file: Path) -> set[str]:
    """What is found in a file by itself."""
    return {each.rule.code for each in lint([Text(file.name, file.read_text())])}


@pytest.mark.parametrize("code", RULES)
def test_a_bad_file_breaks_its_rule_and_no_other(code: str) -> None:
    assert codes(CASES / code / "bad.yaml") == {code}


@pytest.mark.parametrize("code", RULES)
def test_a_good_file_breaks_no_rule(code: str) -> None:
    assert codes(CASES / code / "good.yaml") == set()


def test_there_is_no_case_without_a_rule() -> None:
    assert {each.name for each in CASES.iterdir()} == set(RULES)


def test_no_two_rules_share_a_code() -> None:
    assert len(RULES) == sum(len(family.rules) for family in FAMILIES)


@pytest.mark.parametrize("code", RULES)
def test_a_remedy_is_a_sentence_and_a_title_is_part_of_one(code: str) -> None:
    rule = RULES[code]

    assert rule.remedy[0].isupper()
    assert rule.remedy.endswith((".", '."'))
    assert not rule.title.endswith(".")
