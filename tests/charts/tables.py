"""What docs/charts.md says in tables, read from the page and, for the reference of values, made anew.

`python -m tests.charts.tables` writes the reference into the page: paths, types and sentences from values.schema.json,
defaults from the library's values.yaml.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import yaml
from tests.charts.rendering import CHARTS, ROOT, Object

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = ROOT / "docs" / "charts.md"
SCHEMA: Final = CHARTS / "progressive-app" / "values.schema.json"
VALUES: Final = CHARTS / "progressive" / "values.yaml"
BEGIN, END = "<!-- values -->", "<!-- end of values -->"
INTERNAL: Final = ("global", "progressive")  # Helm's own keys
_ROW: Final = re.compile(r"^\| `(\{.*?\})` \| (.*?) \|$", re.MULTILINE)


def schema() -> Object:
    """The schema of the application chart's values."""
    return dict(json.loads(SCHEMA.read_text()))


def defaults() -> Object:
    """The library's defaults."""
    return dict(yaml.safe_load(VALUES.read_text())["exports"]["defaults"])


def rows(section: str) -> list[tuple[str, str]]:
    """The table of a section: values as YAML, and what the page says of them."""
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = [(row[1], row[2]) for row in _ROW.finditer(text)]
    if not found:
        raise ValueError(f"{PAGE}: {section!r} has no table whose rows begin with values in braces")
    return found


def reference() -> str:
    """The reference of all values as a table."""
    lines = ["| value | default | meaning |", "|---|---|---|"]
    lines += [
        f"| `{path}` | {_default(default)} | {_meaning(rule)} |"
        for path, rule, default in _leaves(schema()["properties"], defaults(), "")
    ]
    return "\n".join(lines)


def page_with_reference() -> str:
    """The page, its reference made anew."""
    before, rest = PAGE.read_text().split(BEGIN)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{rest.split(END)[1]}"


def _leaves(properties: Object, given: Object, above: str) -> Iterator[tuple[str, Object, object]]:
    for name, rule in properties.items():
        path = f"{above}{name}"
        if not above and name in INTERNAL:
            continue
        if rule.get("type") == "object" and rule.get("properties"):
            below = given.get(name)
            yield from _leaves(rule["properties"], below if isinstance(below, dict) else {}, f"{path}.")
        else:
            yield path, rule, given.get(name)
            items = rule.get("items", {})
            if items.get("properties") and "description" in next(iter(items["properties"].values())):
                yield from _leaves(items["properties"], {}, f"{path}[].")


def _default(value: object) -> str:
    return "" if value in (None, "", [], {}) else f"`{json.dumps(value)}`"


def _meaning(rule: Object) -> str:
    return str(rule.get("description", "")) + _choices(rule)


def _choices(rule: Object) -> str:
    if "enum" in rule:
        return " One of " + ", ".join(f"`{each}`" for each in rule["enum"] if each) + "."
    if "minimum" in rule and "maximum" in rule:
        return f" {rule['minimum']} to {rule['maximum']}."
    return ""


if __name__ == "__main__":
    PAGE.write_text(page_with_reference())
