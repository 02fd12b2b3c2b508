"""The figures and their text: medians, multiples of the floors, verdicts, tables. Nothing is measured here."""

from __future__ import annotations

import json

import pytest

from e2e.bench.errors import NotMeasuredError
from e2e.bench.figures import Column, Row, Samples, Unit, verdicts
from e2e.bench.report import BEGIN, END, as_json, as_text, paged, report


def _row(key: str, unit: Unit = Unit.MILLISECONDS, **samples: float) -> Row:
    figures = {Column[name.upper()]: Samples.of([value]) for name, value in samples.items()}
    return Row(key=key, text=f"text of {key}", unit=unit, samples=figures)


def test_samples_tell_their_median_and_span() -> None:
    """The order in which they were taken does not matter."""
    samples = Samples.of([3.0, 1.0, 10.0])

    assert (samples.median, samples.span) == (3.0, (1.0, 10.0))


def test_a_target_is_judged_against_each_floor_that_was_measured() -> None:
    """One may be reached and the other not."""
    row = _row("100 changed", ours=300.0, python_loop=240.0, go_loop=150.0)

    judged = {verdict.against: (verdict.measured, verdict.reached) for verdict in verdicts([row])}

    assert judged == {"floor, Python loop": (1.25, True), "floor, Go loop": (2.0, False)}


def test_a_plain_target_is_judged_by_its_number() -> None:
    """At the limit it is reached."""
    at, above = (verdicts([_row("handshake", ours=ours)])[0] for ours in (250.0, 250.1))

    assert (at.reached, above.reached) == (True, False)


def test_a_row_that_was_not_measured_has_no_verdict() -> None:
    """Nothing is claimed about it."""
    assert verdicts([_row("no target has this name", ours=1.0, python_loop=1.0)]) == []


def test_the_text_shows_figures_multiples_counts_and_what_was_not_reached() -> None:
    """Each table is there, with its units apart."""
    rows = [
        _row("100 changed", ours=300.0, python_loop=100.0),
        _row("rss after 100", Unit.MEGABYTES, ours=59.5),
    ]

    text = as_text(
        report({"system": "Linux"}, {"before": "0.10 0.20 0.30"}, rows, {"a call": {"list": 1}}, ["a wonder"])
    )

    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "- system: Linux" in lines
    assert "- load average before: 0.10 0.20 0.30" in lines
    assert "| text of 100 changed | 300 (300 to 300) | 100 (100 to 100) | 3.00 |" in lines
    assert "| text of rss after 100 | 59.5 (59.5 to 59.5) |" in lines
    assert "| a call | 1 list |" in lines
    assert "- **not measured**: a wonder" in lines
    assert sum("NOT REACHED" in line for line in lines) == 1


def test_the_json_holds_every_sample() -> None:
    """Other programs get what the tables summarise."""
    run = report({}, {}, [_row("100 changed", ours=2.0, python_loop=1.0)], {}, [])

    loaded = json.loads(as_json(run))

    assert loaded["rows"][0]["samples"] == {
        "this plugin": {"values": [2.0]},
        "floor, Python loop": {"values": [1.0]},
    }
    assert loaded["verdicts"][0]["limit"] == 1.5


def test_a_page_keeps_all_but_what_stands_between_its_markers() -> None:
    """A second run replaces the first."""
    once = paged(f"before\n{BEGIN}\n{END}\nafter\n", "one")

    assert once == f"before\n{BEGIN}\n\none\n\n{END}\nafter\n"
    assert paged(once, "two") == once.replace("one", "two")


def test_a_page_without_markers_is_left_alone() -> None:
    """The error says what the page needs."""
    with pytest.raises(NotMeasuredError, match="end of figures"):
        paged("a page", "figures")
