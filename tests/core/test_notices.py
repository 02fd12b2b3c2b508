"""A sentence is news once, for as long as it holds."""

from rollouts_router.core.notices import Notices


def test_a_sentence_is_told_once_however_often_it_is_said() -> None:
    notices = Notices()

    assert notices.news("web", ["a", "b", "a"]) == ["a", "b"]
    assert notices.news("web", ["b", "a"]) == []


def test_only_what_is_new_is_told() -> None:
    notices = Notices()
    notices.news("web", ["a"])

    assert notices.news("web", ["a", "c"]) == ["c"]


def test_a_sentence_that_held_no_more_is_news_again() -> None:
    notices = Notices()
    notices.news("web", ["a"])
    notices.news("web", [])

    assert notices.news("web", ["a"]) == ["a"]


def test_subjects_know_nothing_of_each_other() -> None:
    notices = Notices()
    notices.news("web", ["a"])

    assert notices.news("api", ["a"]) == ["a"]


def test_the_subject_unheard_of_for_longest_is_forgotten_first() -> None:
    notices = Notices(most=2)
    for subject in ("old", "older", "old", "new"):
        notices.news(subject, ["a"])

    assert notices.news("old", ["a"]) == []
    assert notices.news("older", ["a"]) == ["a"]


def test_subjects_with_nothing_to_say_take_no_room() -> None:
    notices = Notices(most=1)
    notices.news("web", ["a"])
    for subject in range(10):
        notices.news(str(subject), [])

    assert notices.news("web", ["a"]) == []
