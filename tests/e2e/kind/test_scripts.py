"""The scripts of e2e/kind against tools that only note what they are called with: order, resuming, refusals."""

# ruff: noqa: S603 -- the scripts are what is tried

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KIND = ROOT / "e2e" / "kind"
GATEWAYS = ("envoy-gateway", "kgateway", "gloo")
TOOL = Path(__file__).with_name("tool")
TOOLS = ("docker", "kind", "helm", "kubectl")
ORDINARY = (
    *("bash", "basename", "cat", "cut", "dirname", "env", "grep", "head"),
    *("ls", "mkdir", "rm", "sed", "seq", "sha256sum", "sort"),
)
CHANGES = (
    *("kind create", "kind delete", "kind load", "helm upgrade"),
    *("kubectl apply", "kubectl annotate", "kubectl --namespace argo-rollouts rollout"),
)
LIMIT = 60


@dataclass(frozen=True)
class Done:
    """One run of a script."""

    status: int
    said: str
    calls: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        """The calls that change a cluster or make one."""
        return [call for call in self.calls if call.startswith(CHANGES)]


@dataclass(frozen=True)
class World:
    """A machine with these tools, and what they remember."""

    folder: Path

    def has(self, *names: str) -> None:
        """These programs are on PATH, and of the ordinary ones those that the scripts use."""
        path = self.folder / "bin"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        for name in ORDINARY:
            (path / name).symlink_to(shutil.which(name) or name)
        for name in (*names, "python"):
            (path / name).symlink_to(TOOL)

    def run(self, gateway: str, *words: str, **variables: str) -> Done:
        """Runs the script of a gateway."""
        calls = self.folder / "calls"
        calls.write_text("")
        done = subprocess.run(
            [shutil.which("bash") or "bash", str(KIND / gateway), *words],
            env={
                "PATH": str(self.folder / "bin"),
                "HOME": str(self.folder / "home"),
                "PYTHON": str(self.folder / "bin" / "python"),
                "WORLD": str(self.folder),
                "KUBECONFIG": "/the/user/s/own",
                **variables,
            },
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=LIMIT,
            check=False,
        )
        return Done(done.returncode, done.stderr, calls.read_text().splitlines())

    def state(self, gateway: str) -> Path:
        """Where the script keeps its files."""
        return self.folder / "home" / ".cache" / "rollouts-router" / "kind" / gateway


@pytest.fixture
def world(tmp_path: Path) -> World:
    """All tools are there and nothing else."""
    made = World(tmp_path)
    (tmp_path / "cluster").mkdir()
    made.has(*TOOLS)
    return made


def test_the_scripts_pass_shellcheck() -> None:
    program = Path(sys.executable).with_name("shellcheck")
    scripts = [str(KIND / name) for name in (*GATEWAYS, "steps.sh", "versions.env")]
    done = subprocess.run(
        [str(program), "-x", "-P", str(KIND), *scripts, str(TOOL)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_the_scripts_can_be_run_as_they_are(gateway: str) -> None:
    assert os.access(KIND / gateway, os.X_OK)


def test_up_does_everything_in_its_order(world: World) -> None:
    done = world.run("envoy-gateway", "up")
    assert done.status == 0, done.said
    assert [_short(call) for call in done.changes if "annotate" not in call] == [
        "kind delete cluster --name rollouts-router-envoy-gateway",
        "kind create cluster --name rollouts-router-envoy-gateway",
        "kubectl apply standard-install.yaml",
        "kubectl apply -",
        "helm upgrade --install eg",
        "kubectl apply envoy-gateway.yaml",
        "kind load image-archive --name rollouts-router-envoy-gateway",
        "kubectl apply -",
        "kubectl apply install.yaml",
        "kubectl apply -",
        "kubectl --namespace argo-rollouts rollout restart deployment/argo-rollouts",
        "kubectl --namespace argo-rollouts rollout status deployment/argo-rollouts",
        "helm upgrade --install keda",
    ]
    marks = [call.split(" default ")[1].split(".")[0] for call in done.calls if "annotate" in call]
    assert marks == ["gateway-api", "gateway", "images", "rollouts", "keda"]


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_what_is_up_is_left_as_it_is(world: World, gateway: str) -> None:
    assert world.run(gateway, "up").status == 0
    again = world.run(gateway, "up")
    assert (again.status, again.changes) == (0, []), again.said


@pytest.mark.parametrize(
    ("broken", "done_before"),
    [
        ("kind create", 0),
        ("standard-install", 0),
        ("helm upgrade --install eg", 1),
        ("rollout status", 3),
    ],
)
def test_up_goes_on_where_it_was_interrupted(world: World, broken: str, done_before: int) -> None:
    everything = world.run("envoy-gateway", "up").changes
    world.run("envoy-gateway", "down")

    failed = world.run("envoy-gateway", "test", BREAK=broken)
    assert failed.status != 0
    assert re.search(broken, failed.calls[-1])
    again = world.run("envoy-gateway", "up")
    assert again.status == 0, again.said
    steps = ["gateway-api", "gateway", "images", "rollouts", "keda"]
    for nth, step in enumerate(steps):
        assert (f"{step} is done" in again.said) is (nth < done_before)
    if broken != "kind create":
        assert not [call for call in again.changes if call.startswith(("kind create", "kind delete"))]
    assert again.changes == everything[-len(again.changes) :]


def test_a_gateway_without_a_proxy_is_not_called_up(world: World) -> None:
    sleep = world.folder / "bin" / "sleep"
    sleep.write_text("#!/bin/sh\n")
    sleep.chmod(0o755)
    done = world.run("kgateway", "up", READY="false false")
    assert done.status == 1
    assert "no proxy of the Gateway gateways/gateway became ready" in done.said
    assert not any(call.startswith("kind load") for call in done.calls)


def test_another_build_is_loaded_and_installed_and_nothing_else_is_repeated(world: World) -> None:
    assert world.run("envoy-gateway", "up").status == 0
    again = world.run("envoy-gateway", "up", IMAGES="another digest")
    assert [_short(call) for call in again.changes if "annotate" not in call] == [
        "kind load image-archive --name rollouts-router-envoy-gateway",
        "kubectl apply -",
        "kubectl apply install.yaml",
        "kubectl apply -",
        "kubectl --namespace argo-rollouts rollout restart deployment/argo-rollouts",
        "kubectl --namespace argo-rollouts rollout status deployment/argo-rollouts",
    ]


@pytest.mark.parametrize("gateway", ["kgateway"])
def test_a_test_needs_nothing_before_it_and_says_how_it_ended(world: World, gateway: str) -> None:
    done = world.run(gateway, "test")
    assert done.status == 0, done.said
    assert done.calls[-1] == "python -m pytest e2e/kind/test_canaries.py -s"
    assert world.run(gateway, "test", BREAK="pytest").status != 0


@pytest.mark.parametrize("gateway", ["gloo"])
def test_down_removes_its_own_cluster_and_files_and_can_be_repeated(world: World, gateway: str) -> None:
    others = world.folder / "cluster" / "somebody-elses"
    others.mkdir()
    assert world.run(gateway, "up").status == 0
    assert world.state(gateway).is_dir()
    for _ in range(2):
        assert world.run(gateway, "down").status == 0
        assert not world.state(gateway).exists()
    assert list((world.folder / "cluster").iterdir()) == [others]


def test_the_users_own_kubeconfig_is_never_used(world: World) -> None:
    for word in ("up", "test", "down"):
        assert world.run("envoy-gateway", word).status == 0
    used = set((world.folder / "kubeconfigs").read_text().splitlines())
    assert used == {str(world.state("envoy-gateway") / "kubeconfig")}


@pytest.mark.parametrize(
    ("tool", "word"), [("docker", "up"), ("kind", "test"), ("helm", "down"), ("kubectl", "up")]
)
def test_a_tool_that_is_missing_is_named_with_where_to_get_it(world: World, tool: str, word: str) -> None:
    world.has(*(name for name in TOOLS if name != tool))
    done = world.run("envoy-gateway", word)
    assert done.status == 1
    assert done.said.startswith(f"envoy-gateway: {tool} is not on PATH: install {tool} ")
    assert done.said.count("\n") == 1
    assert "https://" in done.said
    assert not done.changes


@pytest.mark.parametrize(
    ("variable", "old", "says"),
    [
        ("DOCKER", "20.10.24", "docker 20.10.24 is too old: install docker 24.0.0 or later"),
        ("KIND", "0.9.0", "kind 0.9.0 is too old: install kind 0.32.0 or later"),
        ("HELM", "v2.17.0+g3a3f9c4", "helm 2.17.0 is too old: install helm 3.14.0 or later"),
        ("KUBECTL", "v1.9.11", "kubectl 1.9.11 is too old: install kubectl 1.33.0 or later"),
        ("KUBECTL", "unknown", "`kubectl version --client` tells no version"),
    ],
)
def test_a_tool_that_is_too_old_is_refused(world: World, variable: str, old: str, says: str) -> None:
    done = world.run("envoy-gateway", "up", **{variable: old})
    assert done.status == 1
    assert says in done.said
    assert not done.changes


def test_a_docker_without_its_daemon_is_told_from_one_that_is_missing(world: World) -> None:
    done = world.run("envoy-gateway", "up", BREAK="docker info")
    assert done.status == 1
    assert "its daemon does not answer" in done.said


@pytest.mark.parametrize("words", [(), ("upp",), ("--help",)])
def test_what_it_does_not_know_it_answers_with_what_it_does(world: World, words: tuple[str, ...]) -> None:
    done = world.run("kgateway", *words)
    assert (done.status, done.calls) == (1, [])
    assert "usage: e2e/kind/kgateway up|test|tell|down" in done.said


def _short(call: str) -> str:
    """A change without its options: of an apply the file's name."""
    words = call.split()
    if "apply" in words:
        return f"kubectl apply {words[words.index('--filename') + 1].rpartition('/')[2]}"
    if words[0] == "helm":
        return " ".join(words[:4])
    if words[0] == "kind":
        return " ".join(words[:5])
    return " ".join(words[:6])
