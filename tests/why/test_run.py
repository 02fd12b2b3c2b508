"""`rollouts-router why` from its arguments to its exit status."""

import json

import pytest
from observability.objects import rollout
from observability.samples import SAMPLES
from tests.why.objects import BY_ANALYSIS, aborted, event

from rollouts_router import cli
from rollouts_router.kube.errors import NotFound
from rollouts_router.kube.objects import KubeObject, KubeObjects
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.why.run import INTERRUPTED, NOT_SEEN, STOPPED, why


class Cluster:
    """A client in memory, with the Rollout it is made with, the runs of the sample `failed`, and one Event."""

    def __init__(self, found: KubeObject | BaseException) -> None:
        self.found = found
        self.open = True

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        if resource.plural == "events":
            return [event("RolloutAborted", "Rollout aborted", "2026-03-02T10:19:00Z")]
        return [dict(run) for run in SAMPLES["failed"].runs]

    async def aclose(self) -> None:
        self.open = False


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is the tests', so the command shall not take its log and its hooks."""
    monkeypatch.setattr("rollouts_router.why.run.route_everything", lambda _log: None)


def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    monkeypatch.setattr("rollouts_router.why.run.make_client", lambda *_args, **_words: cluster)
    status = why(["shop/web", *more])
    assert not cluster.open
    return status


def test_what_is_stopped_is_told_and_is_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Cluster(aborted(BY_ANALYSIS)), monkeypatch) == STOPPED
    assert "- error-rate = 0.034, needs result[0] <= 0.01" in capsys.readouterr().out


def test_what_goes_on_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Cluster(rollout()), monkeypatch, "--output", "json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "progressing"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (
            NotFound(Call(verb=Verb.GET, resource=Resource("", "v1", "rollouts")), "no such Rollout"),
            NOT_SEEN,
            "error: no such Rollout",
        ),
        (TimeoutError(), NOT_SEEN, "error: it was not read in 30 s"),
        (KeyboardInterrupt(), INTERRUPTED, ""),
    ],
)
def test_what_cannot_be_looked_at_is_another_status(
    error: BaseException,
    status: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(Cluster(error), monkeypatch) == status
    assert words in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[int] = []
    monkeypatch.setattr("rollouts_router.why.run.os.dup2", lambda _old, new: replaced.append(new))
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    assert run(Cluster(BrokenPipeError()), monkeypatch) == NOT_SEEN
    assert replaced == [1]


def test_it_is_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["rollouts-router", "why", "--help"])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    assert "exit status:" in capsys.readouterr().out
