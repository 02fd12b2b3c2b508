"""docs/doctor.md tells of every code, as it is, and of every option."""

import re

import pytest
from tests.doctor.page import PAGE, page

from rollouts_router.doctor.ailments.book import BOOK
from rollouts_router.doctor.options import parse
from rollouts_router.lint.catalogue import RULES


def test_the_page_is_up_to_date() -> None:
    """If it is not: python -m tests.doctor.page."""
    assert PAGE.read_text() == page()


def test_every_code_has_a_heading_that_findings_can_link_to() -> None:
    headings = re.findall(r"^### (RR\d{3})$", page(), re.MULTILINE)
    assert headings == [each.rule.code for each in BOOK]


def test_codes_belong_to_one_rule_alone() -> None:
    codes = [each.rule.code for each in BOOK]
    assert codes == sorted(set(codes))
    assert not set(codes) & set(RULES)


def test_every_option_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert {each for each in options if f"`{each}" not in page()} - {"--context", "--kubeconfig"} == set()


def test_words_are_written_as_they_are_shown() -> None:
    for each in BOOK:
        rule = each.rule
        assert rule.title[0].islower() or rule.title.split()[0] in {
            "Argo",
            "KEDA",
            "Rollouts",
            "Flux",
            "trafficRouterPlugins",
        }
        assert not rule.title.endswith(".")
        assert rule.remedy.endswith(".")
        assert each.cause.endswith(".")
