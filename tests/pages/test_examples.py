"""README shows the files that the end-to-end tests apply."""

from pathlib import Path

import pytest
from pages.examples import FIRST, fenced
from pages.tables import PageError

ROOT = Path(__file__).parents[2]


def test_a_file_is_shown_as_it_is() -> None:
    text = (ROOT / FIRST / "app.yaml").read_text()
    assert fenced(ROOT, "app.yaml") == f"```yaml\n{text.rstrip()}\n```"


def test_only_as_many_documents_as_wanted() -> None:
    assert fenced(ROOT, "route.yaml", documents=1).count("kind: HTTPRoute") == 1


def test_a_file_that_is_gone_is_told() -> None:
    with pytest.raises(PageError, match=r"nothing\.yaml: No such file"):
        fenced(ROOT, "nothing.yaml")
