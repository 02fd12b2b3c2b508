"""The YAML blocks of docs/gitops.md: each is named, tried somewhere, and taken by the API that it is for."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e.gitops import page
from e2e.gitops.argo_cd import ArgoCD, EngineError

if TYPE_CHECKING:
    from e2e.bed.control_plane import ControlPlane
    from e2e.gitops.shop import Shop

TESTS = sorted(Path(__file__).parent.glob("*.py"))


def test_every_block_of_the_page_has_a_name_of_its_own() -> None:
    text = page.PAGE.read_text()
    names = re.findall(r"^```yaml(.*)$", text, re.MULTILINE)
    assert len(names) == len(page.blocks()) == len(set(names))
    assert "" not in page.blocks()


@pytest.mark.parametrize("name", page.blocks())
def test_every_block_of_the_page_is_used_by_a_test(name: str) -> None:
    assert any(f'"{name}"' in test.read_text() for test in TESTS if test != Path(__file__))


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    text = page.PAGE.read_text()
    headings = {_anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= headings


@pytest.mark.asyncio(loop_scope="session")
async def test_the_api_knows_every_field_of_the_route_and_of_the_rollout(shop: Shop) -> None:
    strict = {"fieldValidation": "Strict", "dryRun": "All"}
    for plural, thing in (
        ("gateway.networking.k8s.io/v1", shop.git()),
        ("argoproj.io/v1alpha1", shop.rollout()),
    ):
        path = f"/apis/{plural}/namespaces/{shop.namespace}/{thing['kind'].lower()}s"
        await shop.admin.request("POST", path, body=thing, query=strict)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_application_with_a_misspelled_field_would_be_noticed(
    plane: ControlPlane, shop: Shop
) -> None:
    misspelled = page.block("application")
    misspelled["spec"]["ignoreDifference"] = misspelled["spec"].pop("ignoreDifferences")
    async with ArgoCD(plane) as engine:
        with pytest.raises(EngineError, match="ignoreDifference"):
            await engine.sync(misspelled, shop.git())


def _anchor(heading: str) -> str:
    """As GitHub makes one."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
