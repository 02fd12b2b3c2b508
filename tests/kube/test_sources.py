"""Where credentials are looked for."""

from pathlib import Path

import pytest

from rollouts_router.kube.sources import Sources


@pytest.mark.parametrize(
    ("environment", "paths", "words"),
    [
        ({"KUBECONFIG": "/a:/b", "HOME": "/h"}, ["/a", "/b"], "KUBECONFIG=/a:/b"),
        ({"KUBECONFIG": ":/a:", "HOME": "/h"}, ["/a"], "KUBECONFIG=:/a:"),
        ({"KUBECONFIG": "", "HOME": "/h"}, ["/h/.kube/config"], "KUBECONFIG (not set), /h/.kube/config"),
        ({"HOME": "/h"}, ["/h/.kube/config"], "KUBECONFIG (not set), /h/.kube/config"),
        ({}, [], "KUBECONFIG and HOME (not set)"),
    ],
)
def test_kubeconfig_excludes_the_home_file(environment: dict[str, str], paths: list[str], words: str) -> None:
    assert Sources(environment).kubeconfigs() == ([Path(path) for path in paths], words)


def test_the_service_account_is_found_below_the_root() -> None:
    folder = "/elsewhere/var/run/secrets/kubernetes.io/serviceaccount"
    assert Sources({}, Path("/elsewhere")).service_account == Path(folder)
