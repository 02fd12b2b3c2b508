"""The command line of `rollouts-router call`: what is asked of whom, and what is refused before anything is sent."""

import io
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from tests.fakes.manifests import inline, manifest, referred

from rollouts_router.client.options import DEFAULT_SECONDS, Options, Output, Place, parse
from rollouts_router.v1 import traffic_router_pb2 as v1

EXACT = v1.TextMatch(exact="1")


def parsed(line: str) -> Options:
    """What a command line means."""
    return parse(line.split())


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What somebody is told whose command line cannot be used."""
    with pytest.raises(SystemExit) as error:
        parse(arguments)
    assert error.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


WEIGHT = v1.SetWeightRequest(rollout=referred(), weight=20)
SHARES = [v1.WeightDestination(service="a", weight=1), v1.WeightDestination(service="b", weight=2)]


@pytest.mark.parametrize(
    ("line", "method", "request_"),
    [
        ("info", "GetInfo", v1.GetInfoRequest()),
        ("discover shop/web", "Discover", v1.DiscoverRequest(rollout=referred())),
        (
            "discover --skip-unselected shop/web",
            "Discover",
            v1.DiscoverRequest(rollout=referred(), skip_unselected=True),
        ),
        ("set-weight shop/web 20", "SetWeight", WEIGHT),
        (
            "set-weight shop/web 20 --dry-run --experiment a=1 --experiment b=2",
            "SetWeight",
            v1.SetWeightRequest(rollout=referred(), weight=20, dry_run=True, additional_destinations=SHARES),
        ),
        ("plan set-weight shop/web 20", "Plan", v1.PlanRequest(set_weight=WEIGHT)),
        (
            "set-header shop/web h --header x=1 --header-prefix y=a=b --header-regex z=.*",
            "SetHeaderRoute",
            v1.SetHeaderRouteRequest(
                rollout=referred(),
                name="h",
                match=[
                    v1.HeaderMatch(name="x", value=EXACT),
                    v1.HeaderMatch(name="y", value=v1.TextMatch(prefix="a=b")),
                    v1.HeaderMatch(name="z", value=v1.TextMatch(regex=".*")),
                ],
            ),
        ),
        (
            "set-header shop/web h --remove --dry-run",
            "SetHeaderRoute",
            v1.SetHeaderRouteRequest(rollout=referred(), name="h", dry_run=True),
        ),
        (
            "set-mirror shop/web m --method GET --path-prefix /a --header x=1 --percent 10",
            "SetMirrorRoute",
            v1.SetMirrorRouteRequest(
                rollout=referred(),
                name="m",
                percentage=10,
                match=[
                    v1.RequestMatch(
                        method=v1.TextMatch(exact="GET"), path=v1.TextMatch(prefix="/a"), headers={"x": EXACT}
                    )
                ],
            ),
        ),
        (
            "plan set-mirror shop/web m --all",
            "Plan",
            v1.PlanRequest(
                set_mirror_route=v1.SetMirrorRouteRequest(
                    rollout=referred(), name="m", match=[v1.RequestMatch()]
                )
            ),
        ),
        (
            "plan set-mirror shop/web m --remove",
            "Plan",
            v1.PlanRequest(set_mirror_route=v1.SetMirrorRouteRequest(rollout=referred(), name="m")),
        ),
        ("remove shop/web", "RemoveManagedRoutes", v1.RemoveManagedRoutesRequest(rollout=referred())),
        (
            "plan remove shop/web",
            "Plan",
            v1.PlanRequest(remove_managed_routes=v1.RemoveManagedRoutesRequest(rollout=referred())),
        ),
        ("verify shop/web 20", "VerifyWeight", v1.VerifyWeightRequest(rollout=referred(), weight=20)),
        ("watch shop/web", "Watch", v1.WatchRequest(rollout=referred(), interval=Duration(seconds=2))),
        (
            "watch shop/web --weight 0 --interval 1.5",
            "Watch",
            v1.WatchRequest(rollout=referred(), weight=0, interval=Duration(seconds=1, nanos=500_000_000)),
        ),
    ],
)
def test_each_command_is_a_request_of_the_contract(line: str, method: str, request_: Message) -> None:
    options = parsed(line)

    assert (options.method, options.request) == (method, request_)


def test_a_call_is_bounded_and_a_watch_is_not() -> None:
    assert parsed("info").seconds == DEFAULT_SECONDS
    assert parsed("watch shop/web").seconds is None
    assert parsed("--timeout 2.5 watch shop/web").seconds == 2.5


def test_without_an_address_the_router_is_this_process() -> None:
    assert parsed("info").place == Place()
    assert parsed("--context staging info").place == Place(context="staging")


def test_a_server_is_named_as_grpc_has_it() -> None:
    assert parsed("--address unix:///run/r.sock info").place.address == "unix:/run/r.sock"
    assert parsed("--address 127.0.0.1:7000 info").place == Place(address="127.0.0.1:7000")
    assert parsed("--address [::1]:7000 info").place.address == "[::1]:7000"
    assert parsed("--address localhost:7000 info").place.address == "localhost:7000"


def test_files_of_tls_mean_tls() -> None:
    place = parsed("--address r.example:443 --ca-file c --cert-file e --key-file k --token-file t info").place

    assert place == Place(
        address="r.example:443",
        tls=True,
        authorities=Path("c"),
        certificate=Path("e"),
        key=Path("k"),
        token=Path("t"),
    )
    assert parsed("--address r.example:443 --tls info").place.tls


@pytest.mark.parametrize("name", ["text", "json", "yaml"])
def test_a_reply_is_written_as_it_is_asked_for(name: str) -> None:
    assert parsed(f"-o {name} info").output is Output(name)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("discover web", "'web' is neither NAMESPACE/NAME nor a file"),
        ("discover a/b/c", "'a/b/c' is neither NAMESPACE/NAME nor a file"),
        ("discover /b", "'/b' is neither NAMESPACE/NAME nor a file"),
        ("set-weight shop/web much", "argument WEIGHT: invalid int value"),
        ("set-weight shop/web 1 --experiment a", "argument --experiment"),
        (
            "set-header shop/web h",
            "either --header, --header-prefix or --header-regex is needed, or --remove",
        ),
        ("set-header shop/web h --header x=1 --remove", "is needed, or --remove"),
        ("set-header shop/web h --header x", "argument --header"),
        ("set-mirror shop/web m", "or --all is needed, or --remove"),
        ("set-mirror shop/web m --all --path /", "--all is every request"),
        ("set-mirror shop/web m --path / --path-regex /", "only one of --path"),
        ("--address nowhere info", "'nowhere' is neither unix:///PATH nor HOST:PORT"),
        ("--address unix://rel info", "neither unix:///PATH nor HOST:PORT"),
        ("--address 10.0.0.1:7000 info", "10.0.0.1:7000 is not this machine"),
        ("--address r.example:7000 info", "so add --tls"),
        ("--address 127.0.0.1:7 --context a info", "--context is for a router in this process"),
        ("--tls info", "name it with --address"),
        ("--token-file t info", "name it with --address"),
        ("--address 127.0.0.1:7 --cert-file c info", "--cert-file and --key-file go together"),
        ("--timeout 0 info", "a number of seconds above 0 is needed"),
        ("--timeout inf info", "a number of seconds above 0 is needed"),
        ("set-weight shop/web 5 --dry", "unrecognized arguments: --dry"),
        ("", "the following arguments are required: COMMAND"),
        ("plan", "the following arguments are required: COMMAND"),
        ("plan set-weight shop/web 5 --dry-run", "unrecognized arguments: --dry-run"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], line: str, sentence: str
) -> None:
    assert sentence in refused(capsys, *line.split())


# --- manifests ----------------------------------------------------------------------------------------------

YAML = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  strategy:
    canary:
      stableService: stable
      canaryService: canary
      trafficRouting:
        plugins:
          argoproj-labs/gatewayAPI: {httpRoute: a}
status: {}
"""


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json"])
def test_a_rollout_may_be_the_manifest_in_a_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rollout{suffix}"
    path.write_text(YAML)

    assert parse(["discover", str(path)]).request == v1.DiscoverRequest(
        rollout=inline(manifest({"httpRoute": "a"}))
    )


def test_what_looks_like_a_date_is_the_text_that_it_is_to_kubectl(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("when: 2026-01-01\nnext: 2026-01-01T00:00:00Z\n")

    assert parse(["discover", str(path)]).request == v1.DiscoverRequest(
        rollout=inline({"when": "2026-01-01", "next": "2026-01-01T00:00:00Z"})
    )


def test_a_manifest_may_come_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(YAML))

    assert parsed("discover -").request == v1.DiscoverRequest(rollout=inline(manifest({"httpRoute": "a"})))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: 1\nb: [", "is not one YAML document (line 2)"),
        (b"a: 1\n---\nb: 2\n", "is not one YAML document (line 2)"),
        (b"- a\n", "holds no manifest"),
        (b"", "holds no manifest"),
        (b"what: !!binary aGk=\n", "holds no manifest"),
        (b"1: a\n", "holds no manifest"),
        (b"\xff", "cannot be read"),
        (b"a: " + b"x" * 4_194_304, "longer than 4194304 bytes"),
    ],
    ids=["broken", "two", "list", "empty", "binary", "number", "bytes", "long"],
)
def test_a_file_without_a_manifest_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(content)

    assert sentence in refused(capsys, "discover", str(path))


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "r.yaml cannot be read" in refused(capsys, "discover", str(tmp_path / "r.yaml"))
