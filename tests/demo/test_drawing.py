"""Bars and lines, and where they go."""

import io

import pytest
from demo.drawing import WIDTH, Frame, Row, bar, frame
from demo.load import Counts
from demo.scenes import WAYS
from demo.screen import PlainLines, Terminal, screen_for
from hypothesis import given
from hypothesis import strategies as st


def picture(weight: int = 25) -> Frame:
    """A moment of a step."""
    window, overall = Counts(), Counts()
    for number in range(8):
        window.add("v2" if number < 2 else "v1", well=True)
    overall.add("v2", well=False)
    row = Row(way=WAYS[0], weight=weight, window=window, overall=overall)
    return Frame(title="demo", seconds=7.4, step="step 2 of 4", doing="counting", rows=[row])


@given(st.floats(0, 100))
def test_a_bar_is_as_wide_as_every_other(percent: float) -> None:
    assert len(bar(percent)) == WIDTH


@given(st.floats(0, 100, exclude_min=True, exclude_max=True))
def test_neither_nothing_nor_all_is_shown_for_something_between(percent: float) -> None:
    assert len(set(bar(percent))) == 2


@pytest.mark.parametrize(("percent", "signs"), [(0, "·"), (100, "█")])
def test_nothing_and_all_look_like_it(percent: int, signs: str) -> None:
    assert set(bar(percent)) == {signs}


def test_the_picture_has_the_step_the_weight_and_the_share_in_numbers() -> None:
    text = "\n".join(frame(picture()))
    assert "step 2 of 4: counting" in text
    assert text.count("25.0 %") == 2
    assert "v1 6  v2 2" in text
    assert "1 requests so far, 1 failed" in text


def test_without_a_terminal_there_are_lines_and_nothing_else() -> None:
    out = io.StringIO()
    screen = screen_for(out)
    screen.draw(picture())
    screen.say("a line")
    screen.wipe()
    assert isinstance(screen, PlainLines)
    assert out.getvalue() == "a line\n"


def test_a_terminal_redraws_in_place_and_keeps_what_was_said() -> None:
    out = io.StringIO()
    screen = Terminal(out)
    screen.draw(picture())
    lines = len(frame(picture()))
    screen.say("a line")
    screen.draw(picture(50))
    screen.wipe()
    assert out.getvalue().count(f"\x1b[{lines}A") == 3
    assert out.getvalue().count("a line\n") == 1
    assert out.getvalue().endswith("\x1b[0J")
