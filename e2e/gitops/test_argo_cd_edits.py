"""Which changes in Git Argo CD still sees, by the recipes of docs/gitops.md: ignoring too much is a fault as well."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

import pytest

from e2e.gitops.applications import application, unconfigured
from e2e.gitops.shop import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.bed.kinds import Object
    from e2e.gitops.argo_cd import ArgoCD
    from e2e.gitops.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


def rich(git: Object) -> Object:
    """The route with more in it that Git may change or take away."""
    full = copy.deepcopy(git)
    [rule] = full["spec"]["rules"]
    rule["timeouts"] = {"request": "9s"}
    rule["backendRefs"].append({"name": "docs", "port": 80, "weight": 1})
    full["spec"]["rules"].append({"backendRefs": [{"name": "docs", "port": 80, "weight": 1}]})
    return full


def _adds_hostname(git: Object) -> None:
    git["spec"]["hostnames"].append("new.example.com")


def _changes_timeout(git: Object) -> None:
    git["spec"]["rules"][0]["timeouts"] = {"request": "5s"}


def _removes_timeout(git: Object) -> None:
    del git["spec"]["rules"][0]["timeouts"]


def _changes_match(git: Object) -> None:
    git["spec"]["rules"][0]["matches"][0]["path"]["value"] = "/shop"


def _adds_rule(git: Object) -> None:
    git["spec"]["rules"].append({"backendRefs": [{"name": "new", "port": 80}]})


def _removes_rule(git: Object) -> None:
    del git["spec"]["rules"][1]


def _adds_service(git: Object) -> None:
    git["spec"]["rules"][0]["backendRefs"].append({"name": "new", "port": 80, "weight": 1})


def _removes_service(git: Object) -> None:
    del git["spec"]["rules"][0]["backendRefs"][2]


EDITS: Final = (
    _adds_hostname,
    _changes_timeout,
    _removes_timeout,
    _changes_match,
    _adds_rule,
    _removes_rule,
    _adds_service,
    _removes_service,
)


@pytest.mark.parametrize("edit", EDITS)
async def test_what_git_changes_in_mid_canary_is_seen_with_the_recommended_recipe(
    edit: Callable[[Object], None], shop: Shop, argo_cd: ArgoCD
) -> None:
    git = rich(shop.git())
    await argo_cd.sync(application(), git)
    live = await shop.runs(EVERYTHING)
    assert not await argo_cd.is_out_of_sync(application(), git, live)
    edit(git)
    assert await argo_cd.is_out_of_sync(application(), git, live)


@pytest.mark.usefixtures("for_all")
@pytest.mark.parametrize("edit", EDITS)
async def test_what_git_changes_in_mid_canary_is_seen_with_the_recipe_for_all(
    edit: Callable[[Object], None], shop: Shop, argo_cd: ArgoCD
) -> None:
    git = rich(shop.git())
    await argo_cd.sync(unconfigured(), git)
    live = await shop.runs(EVERYTHING)
    assert not await argo_cd.is_out_of_sync(unconfigured(), git, live)
    edit(git)
    assert await argo_cd.is_out_of_sync(unconfigured(), git, live)


@pytest.mark.parametrize(
    ("edit", "seen"), [(_adds_hostname, True), (_changes_timeout, False), (_adds_rule, False)]
)
@pytest.mark.parametrize("recipe", ["json-pointers", "managed-fields"])
async def test_what_git_changes_in_rules_goes_unnoticed_where_all_rules_are_ignored(
    edit: Callable[[Object], None], *, seen: bool, recipe: str, shop: Shop, argo_cd: ArgoCD
) -> None:
    app, git = application(recipe=recipe), shop.git()
    await argo_cd.sync(app, git)
    await shop.runs(EVERYTHING)
    over = await shop.ends()
    assert not await argo_cd.is_out_of_sync(app, git, over)
    edit(git)
    assert await argo_cd.is_out_of_sync(app, git, over) is seen
