"""Every example does what its page says, by the page's own commands."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.examples.walking import names

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("examples")]


@pytest.mark.parametrize("example", names())
async def test_an_example_goes_through_all_its_steps_and_leaves_nothing(
    walked: Mapping[str, BaseException | None], example: str
) -> None:
    ended = walked[example]
    if ended is not None:
        raise ended
