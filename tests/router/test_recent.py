"""A memory with a limit."""

from rollouts_router.router.recent import Recent


def kept(recent: Recent[str, int], names: str) -> str:
    """Which of these it still has."""
    return "".join(name for name in names if recent.get(name) is not None)


def test_what_was_put_last_is_what_there_is() -> None:
    recent: Recent[str, int] = Recent()
    recent.put("a", 1)
    recent.put("a", 2)

    assert (recent.get("a"), recent.get("b")) == (2, None)


def test_beyond_the_limit_what_was_put_first_goes() -> None:
    recent: Recent[str, int] = Recent(2)
    for name in "abc":
        recent.put(name, 1)

    assert kept(recent, "abc") == "bc"


def test_what_is_put_again_is_recent_again() -> None:
    recent: Recent[str, int] = Recent(2)
    for name in "abac":
        recent.put(name, 1)

    assert kept(recent, "abc") == "ac"


def test_what_is_dropped_is_gone_and_may_be_gone_already() -> None:
    recent: Recent[str, int] = Recent()
    recent.put("a", 1)
    for _ in range(2):
        recent.drop("a")

    assert recent.get("a") is None
