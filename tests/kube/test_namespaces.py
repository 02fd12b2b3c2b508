"""The namespace that is meant when nobody says one."""

from pathlib import Path

import pytest

from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.namespaces import home
from rollouts_router.kube.sources import Sources

FILE = """\
current-context: a
contexts:
  - {name: a, context: {cluster: k, namespace: shop}}
  - {name: b, context: {cluster: k}}
  - {name: c, context: {cluster: k, namespace: null}}
clusters: [{name: k, cluster: {server: "https://127.0.0.1:1"}}]
"""


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    """An environment with a kubeconfig of three contexts."""
    path = tmp_path / "config"
    path.write_text(FILE)
    return {"KUBECONFIG": str(path)}


@pytest.mark.parametrize(("context", "namespace"), [("", "shop"), ("b", "default"), ("c", "default")])
async def test_it_is_the_contexts(config: dict[str, str], context: str, namespace: str) -> None:
    assert await home(Sources(config, context=context)) == namespace


async def test_a_context_that_is_not_there_is_told(config: dict[str, str]) -> None:
    with pytest.raises(CredentialsError, match='no context "x"'):
        await home(Sources(config, context="x"))


async def test_in_a_pod_it_is_the_pods(tmp_path: Path) -> None:
    sources = Sources({}, root=tmp_path)
    sources.service_account.mkdir(parents=True)
    (sources.service_account / "namespace").write_text("argo-rollouts\n")
    assert await home(sources) == "argo-rollouts"


async def test_without_anything_it_is_the_default_one(tmp_path: Path) -> None:
    assert await home(Sources({}, root=tmp_path)) == "default"
