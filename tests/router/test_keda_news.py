"""What was done is told each time; what stands in the way once for each revision, reason and, for gates, step."""

import pytest
from tests.fakes.keda import web
from tests.fakes.log import Lines

from rollouts_router.core.keda.news import Reason, Told
from rollouts_router.core.notices import Notices
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.reports import Reports


@pytest.mark.parametrize(
    ("reason", "times"),
    [
        (Reason.RELEASED, 4),  # each time
        (Reason.AMBIGUOUS, 2),  # for each revision
        (Reason.SCALED_TO_ZERO, 3),  # for each step of each revision
    ],
)
def test_each_reason_is_told_as_often_as_it_is_news(reason: Reason, times: int) -> None:
    log = Lines()
    news = KedaNews(Reports(log, Notices()))
    for rollout in (web(), web(), web(step_index=2), web(current_hash="v3")):
        news.tell(rollout, Told(reason, f"sentence {len(log.lines)}"))

    assert len(log.lines) == times
    level = "warning" if reason.is_warning else "info"
    assert log.lines[0] == (level, "sentence 0", {"rollout": "shop/web", "reason": reason.text})


def test_each_advice_is_news_of_its_own() -> None:
    log = Lines()
    news = KedaNews(Reports(log, Notices()))
    for sentence in ("a", "b", "a"):
        news.tell(web(), Told(Reason.ADVICE, sentence))

    assert log.said("info") == ["a", "b"]


def test_reasons_are_words_as_events_have_them() -> None:
    texts = [reason.text for reason in Reason]

    assert len(set(texts)) == len(texts)
    assert all(text.isalpha() and text[0].isupper() for text in texts)
