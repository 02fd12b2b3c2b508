"""The namespace that is meant when none is named."""

from pathlib import Path

import pytest

from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.namespace import current
from rollouts_router.kube.sources import Sources


def test_without_any_configuration_it_is_the_default(tmp_path: Path) -> None:
    assert current(Sources({}, root=tmp_path)) == "default"


def test_in_a_pod_it_is_the_pod_s(tmp_path: Path) -> None:
    folder = tmp_path / "var/run/secrets/kubernetes.io/serviceaccount"
    folder.mkdir(parents=True)
    (folder / "namespace").write_text("team\n")
    assert current(Sources({}, root=tmp_path)) == "team"


def test_a_kubeconfig_goes_first_also_for_a_user_without_credentials(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "contexts: [{name: a, context: {cluster: c, namespace: team}}]\n"
        "clusters: [{name: c, cluster: {server: x}}]\ncurrent-context: a\n"
    )
    assert current(Sources({"KUBECONFIG": str(config)}, root=tmp_path)) == "team"


def test_a_damaged_kubeconfig_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("{")
    with pytest.raises(CredentialsError, match="is not YAML"):
        current(Sources({"KUBECONFIG": str(tmp_path / "config")}))
