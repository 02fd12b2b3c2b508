"""Which release of KEDA is there, and what must not be asked of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.scaled import FORCE, SCALE_IN, so

from rollouts_router.core.keda.news import Reason
from rollouts_router.core.keda.version import parse_version, refusals


@pytest.mark.parametrize(
    ("label", "version"),
    [
        ("2.20.0", (2, 20, 0)),
        ("v2.18", (2, 18, 0)),
        ("2.18.2-rc1", (2, 18, 2)),
        ("main", None),
        ("", None),
        ("2", None),
        ("2.18.x", None),
    ],
)
def test_a_label_names_a_release_or_none(label: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(label) == version


@given(st.text())
def test_any_label_is_read(label: str) -> None:
    assert parse_version(label) is None or label


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        ((2, 16, 1), {FORCE, SCALE_IN}),
        ((2, 17, 9), {FORCE, SCALE_IN}),
        ((2, 18, 0), {SCALE_IN}),
        ((2, 18, 1), {SCALE_IN}),
        ((2, 18, 2), set()),
        ((3, 0, 0), set()),
        (None, {SCALE_IN}),
    ],
)
def test_what_a_release_cannot_do_or_undo_is_refused(
    version: tuple[int, int, int] | None, refused: set[str]
) -> None:
    assert refusals(so(), [FORCE, SCALE_IN], version).keys() == refused
    assert refusals(so(), [], version) == {}


def test_a_refusal_says_what_is_there_and_what_is_needed() -> None:
    told = refusals(so(), [FORCE, SCALE_IN], (2, 16, 1))

    assert told[FORCE].reason is Reason.TOO_OLD
    assert "KEDA 2.16.1 knows no force-activation, 2.18.0 does" in told[FORCE].sentence
    assert told[SCALE_IN].reason is Reason.SCALE_IN_REFUSED
    assert "not done with KEDA 2.16.1; before 2.18.2" in told[SCALE_IN].sentence
