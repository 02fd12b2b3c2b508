"""The schema, the defaults and the page say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jsonschema
import pytest
from tests.charts.tables import INTERNAL, PAGE, defaults, page_with_reference, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.charts.rendering import Object

COMPUTED: Final = {"gates.forgivenReadings", "gates.blueGreen.pre", "gates.blueGreen.post"}  # unless given
# What is taken word for word from Kubernetes, where the API server or a CRD says what it admits; and `notifications`,
# whose names are refused by a template with a sentence.
VERBATIM: Final = {
    "affinity", "tolerations[]", "volumes[]", "volumeMounts[]", "routes[].matches[]", "routes[].filters[]",
    "env[].valueFrom", "envFrom[].configMapRef", "envFrom[].secretRef", "plugin.config", "global",
    "steps[].setHeaderRoute", "steps[].setMirrorRoute", "steps[].analysis", "steps[].experiment", "steps[].plugin",
    "notifications", "gates.prometheus.headers[]", "gates.prometheus.authentication",
}  # fmt: skip


def objects(rule: Object, path: str = "") -> Iterator[tuple[str, Object]]:
    """Every object in the schema, by its path."""
    if rule.get("type") == "object":
        yield path, rule
    for name, below in rule.get("properties", {}).items():
        yield from objects(below, f"{path}.{name}".lstrip("."))
    if "items" in rule:
        yield from objects(rule["items"], f"{path}[]")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_no_object_takes_a_misspelt_name() -> None:
    assert {path for path, rule in objects(schema()) if "additionalProperties" not in rule} <= VERBATIM


def test_every_default_has_a_rule_and_satisfies_it() -> None:
    jsonschema.Draft202012Validator(schema()).validate(defaults())


def test_every_value_has_a_default() -> None:
    """So a template never meets a value that is not there."""
    assert set(schema()["properties"]) - set(INTERNAL) == set(defaults())
    for path, rule in objects(schema()):
        if rule.get("properties") and path and "[]" not in path and path.split(".")[0] not in INTERNAL:
            given: Object = defaults()
            for name in path.split("."):
                given = given[name]
            assert set(given) <= set(rule["properties"]), path
            assert {f"{path}.{name}" for name in set(rule["properties"]) - set(given)} <= COMPUTED


@pytest.mark.parametrize("name", sorted(set(schema()["properties"]) - set(INTERNAL)))
def test_every_value_is_explained(name: str) -> None:
    assert schema()["properties"][name]["description"].endswith(".")


def test_the_reference_on_the_page_is_that_of_the_schema() -> None:
    """`python -m tests.charts.tables` writes it anew."""
    assert PAGE.read_text() == page_with_reference()
