"""What is right, what is wrong, and in which words."""

from demo.load import NOBODY, Counts
from demo.scenes import WAYS
from demo.summary import Measured, judged, measured

from demo import drawing

SHOP = WAYS[0]


def counts(v1: int, v2: int, *, failed: int = 0, nobody: int = 0) -> Counts:
    """So many answers of each."""
    made = Counts()
    for _ in range(v1):
        made.add("v1", well=True)
    for number in range(v2):
        made.add("v2", well=number >= failed)
    for _ in range(nobody):
        made.add(NOBODY, well=False)
    return made


def seen(asked: int, canary: int, nobody: int = 0) -> Measured:
    """A step of 600 requests."""
    return measured(f"setWeight {asked}", SHOP, asked, counts(600 - canary - nobody, canary, nobody=nobody))


def test_a_share_by_chance_is_right() -> None:
    assert judged([seen(5, 33), seen(25, 140), seen(100, 600)]).is_right


def test_twice_the_share_is_wrong_and_the_sentence_has_all_numbers() -> None:
    summary = judged([seen(5, 30), seen(25, 300)])

    assert not summary.is_right
    (complaint,) = summary.complaints
    low, high = summary.lines[1].allowed[0], summary.lines[1].allowed[-1]
    assert complaint == (
        "HTTPRoute shop at setWeight 25: the canary answered 300 of 600 requests (50.0 %); "
        f"at 25 % it can be {low} to {high}"
    )


def test_one_request_of_the_wrong_version_is_too_much_at_the_ends() -> None:
    assert not judged([seen(100, 599)]).is_right
    assert not judged([seen(0, 1)]).is_right


def test_a_request_that_nobody_answered_is_wrong_whatever_the_share() -> None:
    summary = judged([seen(50, 300, nobody=1)])
    assert summary.complaints == (
        "HTTPRoute shop at setWeight 50: 1 of 600 requests were answered by no version",
    )


def test_other_complaints_make_a_run_wrong_too() -> None:
    assert not judged([seen(50, 300)], ["3 requests failed"]).is_right


def test_more_comparisons_share_one_alarm_so_each_allows_more() -> None:
    alone, among = judged([seen(50, 300)]).lines[0], judged([seen(50, 300)] * 50).lines[0]
    assert len(among.allowed) > len(alone.allowed)


def test_failures_are_counted_among_the_answers() -> None:
    line = measured("abort", SHOP, 5, counts(95, 5, failed=5))
    assert (line.canary, line.number, line.failed, line.nobody) == (5, 100, 5, 0)


def test_the_table_marks_the_wrong_line_and_only_that() -> None:
    table = list(drawing.summary(judged([seen(5, 30), seen(25, 300)])))
    assert [line.endswith("WRONG") for line in table[1:3]] == [False, True]
    assert table[-1].startswith("WRONG: HTTPRoute shop at setWeight 25")
