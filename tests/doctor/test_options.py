"""The command line of `rollouts-router doctor`."""

from pathlib import Path

import pytest

from rollouts_router.doctor.options import Options, Output, Target, parse
from rollouts_router.findings.model import Severity


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What somebody is told whose command line cannot be used."""
    with pytest.raises(SystemExit) as error:
        parse(arguments)
    assert error.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", Options()),
        ("shop shop/web", Options(targets=(Target("shop"), Target("shop", "web")))),
        ("-A -q", Options(everywhere=True, quiet=True)),
        ("-n lab --controller-namespace rollouts", Options(namespace="lab", controller_namespace="rollouts")),
        ("--as-service-account ns/name", Options(account=("ns", "name"))),
        ("-o sarif", Options(output=Output.SARIF)),
        ("--output=json --fail-on never", Options(output=Output.JSON, fail_on=None)),
        ("--fail-on note", Options(fail_on=Severity.NOTE)),
        (
            "--skip rr121,RR100 --skip RR723",
            Options(skipped=frozenset({"RR121", "RR100", "RR723"})),
        ),
        (
            "--context c --kubeconfig /k --timeout 2.5",
            Options(context="c", kubeconfig=Path("/k"), seconds=2.5),
        ),
    ],
)
def test_what_a_command_line_means(line: str, meant: Options) -> None:
    assert parse(line.split()) == meant


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("-A shop", "-A is for all namespaces: leave it out, or the names"),
        ("shop/", "'shop/' is neither NAMESPACE nor NAMESPACE/ROLLOUT"),
        ("Shop", "'Shop' is no name that Kubernetes takes"),
        ("shop/a/b", "'a/b' is no name that Kubernetes takes"),
        ("--as-service-account ns", "'' is no name that Kubernetes takes"),
        ("--skip RR001", "RR001 is no code of docs/doctor.md"),
        ("--skip RR751", "RR751 is no code of docs/doctor.md"),
        ("--timeout 0", "a number of seconds above 0 is needed"),
        ("--timeout nan", "a number of seconds above 0 is needed"),
        ("--fail-on bad", "invalid choice"),
        ("--cont x", "unrecognized arguments: --cont"),
    ],
)
def test_what_is_refused(line: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert says in refused(capsys, *line.split())
