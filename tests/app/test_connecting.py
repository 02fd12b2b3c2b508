"""The Kubernetes client, made for real, on a machine without a cluster."""

from pathlib import Path

import pytest

from rollouts_router.app.connecting import make_client, make_throttle
from rollouts_router.kube.errors import NoCredentials
from rollouts_router.kube.resources import Resource
from rollouts_router.kube.sources import Sources
from rollouts_router.settings import Settings

THINGS = Resource("", "v1", "pods")


async def refused(sources: Sources | None = None, context: str = "") -> str:
    """Why the first request of a client cannot be made."""
    client = make_client(make_throttle(Settings()), context=context, sources=sources)
    with pytest.raises(NoCredentials) as error:
        await client.get(THINGS, namespace="a", name="b")
    await client.aclose()
    return str(error.value)


async def test_credentials_are_looked_for_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/at/all")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert "KUBECONFIG=/nowhere/at/all" in await refused()
    assert 'has no context "c"' in await refused(context="c")


async def test_or_where_the_caller_says(tmp_path: Path) -> None:
    assert "HOME (not set)" in await refused(Sources({}, root=tmp_path))
