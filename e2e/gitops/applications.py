"""The Application of docs/gitops.md in each way in which Argo CD compares, and Git's route as each of them needs it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from e2e.gitops import page

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.gitops.shop import Shop

USUAL, STRUCTURED, ON_SERVER = "usual", "ServerSideApply=true", "ServerSideDiff=true"
WAYS: Final = (USUAL, STRUCTURED, ON_SERVER)  # in which Argo CD compares
COMPARE_OPTIONS: Final = "argocd.argoproj.io/compare-options"
PARENT: Final = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
BACKEND: Final = {"group": "", "kind": "Service"}
MATCHES: Final = [{"path": {"type": "PathPrefix", "value": "/"}}]


def application(way: str = USUAL, *, recipe: str = "") -> Object:
    """The Application of the page, compared in this way; `recipe` is a block to lay over it."""
    made = page.laid_over(page.block("application"), recipe) if recipe else page.block("application")
    if way == STRUCTURED:
        made["spec"]["syncPolicy"]["syncOptions"].append(way)
    if way == ON_SERVER:
        made["metadata"]["annotations"] = {COMPARE_OPTIONS: way}
    return made


def unconfigured(way: str = USUAL) -> Object:
    """The same, without a recipe."""
    made = application(way)
    del made["spec"]["ignoreDifferences"]
    return made


def filled_in(git: Object) -> Object:
    """The route with what the API fills in."""
    full = copy.deepcopy(git)
    for parent in full["spec"]["parentRefs"]:
        parent.update(PARENT)
    for rule in full["spec"]["rules"]:
        rule.setdefault("matches", MATCHES)
        for ref in rule["backendRefs"]:
            ref.update(BACKEND)
    return full


def git_for(shop: Shop, way: str) -> Object:
    """The route as it has to be in Git for this way of comparing."""
    return filled_in(shop.git()) if way == STRUCTURED else shop.git()
