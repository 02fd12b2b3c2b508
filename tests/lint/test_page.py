"""docs/lint.md tells of the rules as they are."""

from tests.lint.page import PAGE, page

from rollouts_router.lint.catalogue import RULES


def test_the_page_is_as_the_rules_make_it() -> None:
    written = PAGE.read_text()

    assert written == page(written), "write it anew: python -m tests.lint.page"


def test_the_page_names_every_rule() -> None:
    written = PAGE.read_text()

    assert all(f"| {code} |" in written for code in RULES)
