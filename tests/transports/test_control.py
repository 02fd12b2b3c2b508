"""The ids of Dispense, and the words for calls that nobody answers."""

import pytest

from rollouts_router.transports.control import Control, cannot_find


def test_an_id_is_unknown_before_it_was_given_out() -> None:
    assert not Control().claim(1)


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ("Plugin.Nothing", "rpc: can't find method Plugin.Nothing"),
        ("Other.Type", "rpc: can't find service Other.Type"),
        ("a.b.Type", "rpc: can't find service a.b.Type"),
        ("nothing", "rpc: service/method request ill-formed: nothing"),
        ("x" * 5000, "rpc: service/method request ill-formed: " + "x" * 100),
    ],
)
def test_a_call_nobody_answers_is_told_as_by_go(called: str, said: str) -> None:
    assert cannot_find(called, {"Plugin.Type"}) == said
