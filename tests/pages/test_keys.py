"""The tables of keys and flags tell what the code does."""

from pathlib import Path

import pytest
from pages.__main__ import stale
from pages.tables import PageError

from pages import keys
from rollouts_router import settings
from rollouts_router.core import config


def test_every_flag_has_a_row_with_the_default_that_counts() -> None:
    """A default that is written as the flag's value changes nothing."""
    for flag in settings.FLAGS:
        assert f"| `-{flag.name}` | {flag.default} |" in keys.flags()
        if flag.default not in {"all", "no limit"}:
            assert settings.parse([f"-{flag.name}={flag.default}"], {}) == settings.parse([], {})


def test_a_key_that_the_tables_do_not_have_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "KEYS", (*config.KEYS, "brandNew"))
    with pytest.raises(PageError, match="differ in brandNew"):
        keys.keys()


def test_values_and_defaults_are_those_of_the_code() -> None:
    assert "| `mode` | `status`, `spec`, `off` | `status` |" in keys.verify_keys()
    assert "| `maxHoldSeconds` | 0..2592000 | 0 |" in keys.keda_keys()


def test_every_page_is_as_the_code_says() -> None:
    """`make pages` would change nothing."""
    assert [str(page) for page in stale(Path(__file__).parents[2])] == []
