"""Every example does what its page says, by the page's own commands; and that takes the rights of the table, all of them.

What is held against the table is the API server's audit log, after every example was walked through.
"""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.examples.audit import asked, given
from e2e.examples.meddling import somebody_overwrites_weights_twice
from e2e.examples.walking import names
from e2e.install import stock
from e2e.serving.place import USER, furnished, grant_server
from rollouts_router.core import rights
from rollouts_router.core.rights import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from e2e.examples.conftest import Ground

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("example", names())
async def test_an_example_goes_through_all_its_steps_and_leaves_nothing(
    walked: Mapping[str, BaseException | None], example: str
) -> None:
    ended = walked[example]
    if ended is not None:
        raise ended


async def test_the_plugin_asks_for_all_that_the_table_gives_it_and_for_nothing_else(
    walked: Mapping[str, BaseException | None], ground: Ground
) -> None:
    assert set(walked) == set(names())
    await somebody_overwrites_weights_twice(ground)
    allowed = given(rights.of(*set(Part) - {Part.SERVE}))
    used = asked(ground.plane.audit_log, stock.USER)
    assert used - allowed == set(), "asked for, and not in the table"
    assert allowed - used == set(), "in the table, and never asked for"


async def test_a_server_asks_for_what_the_table_gives_it_beside_the_routes(
    ground: Ground, tmp_path: Path
) -> None:
    await grant_server(ground.plane)
    async with furnished(ground.plane, tmp_path) as place:
        token = await place.service_account("caller", "get", "list", "patch")
        async with place.serving("--token-auth") as address:
            done = await place.set_weight(20, "--address", address, token=token)
    assert done.status == 0, done.said
    used = asked(ground.plane.audit_log, USER)
    assert used <= given(rights.of(Part.SERVE, Part.ROUTES))
    assert used >= given(rights.of(Part.SERVE))


async def test_what_is_left_to_the_controllers_own_role_is_in_it(ground: Ground) -> None:
    role = await ground.plane.admin.get("ClusterRole", stock.ACCOUNT)
    own = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert given(rights.of(Part.CONTROLLER, Part.EVENTS)) <= own
