"""The files with roles are what the generator writes from the table of rights."""

from __future__ import annotations

import pytest
import yaml
from manifests.generate import FOLDER, HELM_VALUES, files

FILES = files()


@pytest.mark.parametrize("path", FILES)
def test_the_file_is_up_to_date(path: str) -> None:
    assert (FOLDER / path).read_text() == FILES[path], "run `make manifests`"


def test_there_is_no_role_that_was_not_generated() -> None:
    holding = (path for path in FOLDER.rglob("*.yaml") if "rules:" in path.read_text())
    assert {str(path.relative_to(FOLDER)) for path in holding} == set(FILES)


def test_the_values_of_the_chart_hold_the_objects_of_the_file() -> None:
    assert yaml.safe_load(FILES[HELM_VALUES])["extraObjects"] == [*yaml.safe_load_all(FILES["rbac.yaml"])]
