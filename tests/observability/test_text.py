"""Generated files, as people read them."""

import json

import yaml
from hypothesis import given
from hypothesis import strategies as st
from observability.text import block_yaml, pretty_json

# Of control characters only the end of a line: PyYAML itself loses some of the others (U+0085).
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), include_characters="\n"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=10,
)


@given(PLAIN)
def test_yaml_says_what_was_given(value: object) -> None:
    assert yaml.safe_load(block_yaml(value)) == value


@given(PLAIN)
def test_json_says_what_was_given(value: object) -> None:
    assert json.loads(pretty_json(value)) == value


def test_a_text_of_several_lines_is_a_block() -> None:
    assert block_yaml({"b": "x\ny\n", "a": 1}) == "b: |\n  x\n  y\na: 1\n"
