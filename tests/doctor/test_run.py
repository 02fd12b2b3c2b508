"""From the command line to the exit status. The cluster is one in memory, or none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.doctor import world
from tests.doctor.breaks import BREAKS
from tests.doctor.cluster import FakeCluster

from rollouts_router.doctor import run
from rollouts_router.kube.errors import Unavailable


class Client(FakeCluster):
    """One that can be closed."""

    closed = False

    async def aclose(self) -> None:
        """Close it."""
        Client.closed = True


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    """What the command finds, in the context's namespace `shop`."""
    good = world.good()
    client = Client(objects=good.objects, groups=good.groups)
    config = tmp_path / "config"
    config.write_text(
        "current-context: c\ncontexts: [{name: c, context: {cluster: k, namespace: shop}}]\n"
        "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.setattr(run, "make_client", lambda _throttle, *, sources: client)
    monkeypatch.setattr(run, "route_everything", lambda _log: None)  # it changes the process for good
    return client


Told = Callable[[], tuple[str, str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What was written to stdout and stderr."""
    return lambda: tuple(capsys.readouterr())


def test_a_good_cluster_is_exit_status_0_in_the_namespace_of_the_context(cluster: Client, told: Told) -> None:
    assert run.doctor([]) == 0
    out, err = told()
    assert "Rollout shop/web\n" in out
    assert "✓ the plugin is registered: file:///plugins/rollouts-router\n" in out
    assert "in a release that was tried: quay.io/argoproj/argo-rollouts:v1.10.1\n" in out
    assert "✓ it has routes: HTTPRoute shop/web\n" in out
    assert out.endswith("nothing found\n")
    assert err == ""
    assert Client.closed


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 1),
        (["--fail-on=never"], 0),
        (["--skip=RR301"], 0),
        (["shop/web", "--fail-on=warning", "--skip=RR301"], 0),
        (["elsewhere"], 0),
    ],
)
def test_the_exit_status_follows_what_counts(
    cluster: Client, told: Told, arguments: list[str], status: int
) -> None:
    BREAKS["RR301"](cluster)
    cluster.drop("httproutes", "web")
    assert run.doctor(arguments) == status


def test_programs_get_json(cluster: Client, told: Told) -> None:
    BREAKS["RR210"](cluster)
    assert run.doctor(["-o", "json"]) == 1
    said = json.loads(told()[0])
    assert [each["code"] for each in said["findings"]] == ["RR210"]
    assert said["summary"] == {"error": 1, "warning": 0, "note": 0}


def test_code_hosts_get_sarif(cluster: Client, told: Told) -> None:
    BREAKS["RR210"](cluster)
    assert run.doctor(["-o", "sarif"]) == 1
    (result,) = json.loads(told()[0])["runs"][0]["results"]
    assert result["ruleId"] == "RR210"
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "Service shop/canary"


def test_a_cluster_that_is_not_to_be_had_is_exit_status_2(cluster: Client, told: Told) -> None:
    cluster.failure = Unavailable
    assert run.doctor([]) == 2
    assert told() == (
        "",
        "error: the cluster cannot be looked at: broken (get /apis/argoproj.io: HTTP 500)\n",
    )


def test_a_kubeconfig_that_cannot_be_used_is_exit_status_2(cluster: Client, told: Told) -> None:
    assert run.doctor(["--context=nowhere"]) == 2
    assert told()[1] == 'error: the cluster cannot be looked at: the kubeconfig has no context "nowhere"\n'


def test_a_look_that_takes_too_long_is_exit_status_2(
    cluster: Client, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_given: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(run, "look", endless)
    assert run.doctor(["--timeout=7"]) == 2
    assert told()[1] == "error: 7 s were not enough to look; give more with --timeout, or name less\n"


def test_a_kubeconfig_can_be_named(cluster: Client, told: Told, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text((tmp_path / "config").read_text().replace("namespace: shop", "namespace: lab"))
    assert run.doctor([f"--kubeconfig={other}", "-o", "json"]) == 0
    assert {call.namespace for call in cluster.calls if call.resource.plural == "rollouts"} == {"lab"}
