"""YAML into values and lines, within limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.lint import documents as module
from rollouts_router.lint.documents import Document, UnreadableError, documents


def values(text: str) -> list[object]:
    """The values of all documents."""
    return [each.value for each in documents(text)]


def refusal(text: str) -> UnreadableError:
    """Why a text cannot be read."""
    with pytest.raises(UnreadableError) as caught:
        list(documents(text))
    return caught.value


def only(text: str) -> Document:
    """The one document of a text."""
    (document,) = documents(text)
    return document


def test_scalars_are_what_json_has_and_dates_and_base_sixty_are_texts() -> None:
    text = "{a: 1, b: 1.5, c: true, d: null, e: 2024-01-01, f: 1:30, g: off, h: 0x1f, i: '1'}"

    assert values(text) == [
        {
            "a": 1,
            "b": 1.5,
            "c": True,
            "d": None,
            "e": "2024-01-01",
            "f": "1:30",
            "g": False,
            "h": 31,
            "i": "1",
        }
    ]


def test_a_scalar_that_is_not_what_its_tag_says_is_a_text() -> None:
    assert values("{a: !!bool maybe, b: !!int many, c: !thing x}") == [{"a": "maybe", "b": "many", "c": "x"}]


def test_a_number_of_too_many_digits_is_a_text() -> None:
    assert values("a: " + "9" * 5000) == [{"a": "9" * 5000}]


def test_names_of_fields_are_texts() -> None:
    assert values("{1: a, on: b, null: c}") == [{"1": "a", "on": "b", "null": "c"}]


def test_empty_documents_are_passed_over_and_merge_keys_are_followed() -> None:
    text = "---\n---\nbase: &base {a: 1, b: 2}\nall: {<<: *base, b: 3}\n"

    assert values(text)[-1] == {"base": {"a": 1, "b": 2}, "all": {"a": 1, "b": 3}}


def test_a_line_is_that_of_the_field_or_entry_and_else_of_what_is_around_it() -> None:
    document = only("kind: X\nspec:\n  rules:\n    - name: a\n    - name: b\n      port: 1\n")

    assert document.line() == 1
    assert document.line("spec", "rules") == 3
    assert document.line("spec", "rules", 1) == 5
    assert document.line("spec", "rules", 1, "port") == 6
    assert document.line("spec", "rules", 7, "port") == 3
    assert document.line("spec", "rules", "name") == 3
    assert document.line("metadata") == 1


def test_a_field_that_stands_twice_is_told_with_its_line_and_the_last_one_counts() -> None:
    document = only("a: 1\nb: {c: 1,\n  c: 2}\n")

    assert document.repeated == (("c", 3),)
    assert document.value == {"a": 1, "b": {"c": 2}}


def test_what_a_merge_brings_is_not_a_repetition() -> None:
    assert only("a: &a {x: 1}\nb: {<<: *a, x: 2}\n").repeated == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1\n", 2),
        ("a: b: c\n", 1),
        ("ok: 1\n---\na: {{ .Values.x }}\n", 3),
        ("a: 1\n? [b]\n: 2\n", 2),
        ("a: 1\nb:\n  <<: text\n", 3),
        ("a: 1\nb:\n  <<: [text]\n", 3),
        ("a: *nothing\n", 1),
        ("a: 1\nb: \x01\n", 2),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int) -> None:
    error = refusal(text)

    assert (error.line, error.over_limit) == (line, False)
    assert str(error)


def test_what_comes_before_a_broken_document_counts() -> None:
    found = documents("a: 1\n---\nb: [")

    assert next(found).value == {"a": 1}
    with pytest.raises(UnreadableError):
        next(found)


def test_aliases_that_hold_themselves_are_too_deep() -> None:
    assert refusal("a: &a [*a]").over_limit
    assert refusal("a: &a {b: {<<: *a}}").over_limit


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "[" * 80 + "]" * 80])
def test_depth_has_a_limit(text: str) -> None:
    assert refusal(text)


def test_depth_has_a_limit_through_aliases_too() -> None:
    half = "[" * 40 + "{}" + "]" * 40

    assert refusal(f"a: &a {half.format('1')}\nb: {half.format('*a')}").over_limit


def test_what_aliases_stand_for_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NODES", 50)
    bomb = "a: &a [1, 1, 1, 1]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"

    assert "aliases" in str(refusal(bomb))
    assert len(values("a: &a [1, 1, 1, 1]\nb: [*a, *a, *a]\n")) == 1


def test_documents_and_characters_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENTS", 3)
    assert refusal("a: 1\n---\n" * 4).over_limit

    monkeypatch.setattr(module, "MAX_CHARACTERS", 10)
    assert refusal("a: 1234567890").over_limit


def lines(text: str) -> list[int]:
    """The line of each document, and of what keeps the rest from being read."""
    found: list[int] = []
    try:
        for document in documents(text):
            repr(document.value)
            found.append(document.line("a", 0))
    except UnreadableError as error:
        found.append(error.line)
    return found


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    assert all(line >= 1 for line in lines(text))


@given(st.text(alphabet="&*a: \n-[]{}<,!?|>'\"#%x", max_size=60))
def test_no_text_made_of_yamls_own_signs_does_either(text: str) -> None:
    assert all(line >= 1 for line in lines(text))
