"""What the command does when a person runs it; as the plugin it is tested in tests/process."""

from importlib.metadata import version

import pytest

from rollouts_router import cli, settings


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without the host's cookie."""
    monkeypatch.delenv("ARGO_ROLLOUTS_RPC_PLUGIN", raising=False)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command line in this process."""
    monkeypatch.setattr("sys.argv", ["rollouts-router", *arguments])
    return cli.main()


def test_version_is_the_distributions_version(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    status = run(monkeypatch, "version")

    assert (status, *capfd.readouterr()) == (0, f"{version('rollouts-router')}\n", "")


@pytest.mark.usefixtures("by_hand")
def test_a_person_learns_how_the_plugin_is_registered(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    status = run(monkeypatch)

    out, err = capfd.readouterr()
    assert (status, out) == (1, "")
    assert err.startswith("This program is a plugin")
    assert cli.COMMANDS in err
    assert err.endswith(cli.REGISTRATION)


def test_another_kind_of_host_is_told_only_why_not(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARGO_ROLLOUTS_RPC_PLUGIN", "metricprovider")

    status = run(monkeypatch)

    out, err = capfd.readouterr()
    assert (status, out) == (1, "")
    assert cli.REGISTRATION not in err


def test_a_host_that_wants_tls_is_told_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARGO_ROLLOUTS_RPC_PLUGIN", "trafficrouter")
    monkeypatch.setenv("PLUGIN_CLIENT_CERT", "-----BEGIN CERTIFICATE-----")

    status = run(monkeypatch)

    out, err = capfd.readouterr()
    assert (status, out) == (1, "")
    assert "AutoMTLS" in err


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize(("argument", "status"), [("-h", 0), ("-nonsense", 2)])
def test_flags_are_judged_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], argument: str, status: int
) -> None:
    assert run(monkeypatch, argument) == status

    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith(settings.USAGE + cli.COMMANDS)


def test_a_host_whose_flags_are_wrong_is_told_of_flags_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARGO_ROLLOUTS_RPC_PLUGIN", "trafficrouter")
    assert run(monkeypatch, "-nonsense") == 2
    assert capfd.readouterr().err.endswith(settings.USAGE)


def test_every_command_is_told_to_people() -> None:
    told = [line.split()[1] for line in cli.COMMANDS.splitlines() if line.startswith("  rollouts-router ")]
    assert sorted(told) == sorted(cli._COMMANDS)


def test_call_is_handed_on_with_its_own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[list[str]] = []

    def call(arguments: list[str]) -> int:
        handed.append(arguments)
        return 3

    monkeypatch.setattr("rollouts_router.client.run.call", call)
    monkeypatch.delenv("GRPC_VERBOSITY", raising=False)

    assert run(monkeypatch, "call", "verify", "shop/web", "20") == 3
    assert handed == [["verify", "shop/web", "20"]]


def test_serve_judges_its_own_flags(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "serve", "--nonsense")

    assert ended.value.code == 2
    assert "rollouts-router serve: error: unrecognized arguments: --nonsense" in capfd.readouterr().err
