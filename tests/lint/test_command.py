"""`rollouts-router lint` as a command."""

import io
import json
from pathlib import Path

import pytest

from rollouts_router import cli
from rollouts_router.lint.command import run

CASES = Path(__file__).parent / "cases"
ERROR = str(CASES / "RR704" / "bad.yaml")
WARNING = str(CASES / "RR705" / "bad.yaml")
GOOD = str(CASES / "RR704" / "good.yaml")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([GOOD], 0),
        ([ERROR], 1),
        ([WARNING], 0),
        ([WARNING, "--fail-on", "warning"], 1),
        ([ERROR, "--fail-on=note"], 1),
        ([ERROR, "--skip", "RR704"], 0),
        ([ERROR, WARNING, "--skip", "RR704,RR705", "--skip", "RR601", "--fail-on", "note"], 0),
    ],
)
def test_the_status_tells_whether_something_reaches_the_bar(arguments: list[str], status: int) -> None:
    assert run(arguments) == status


def test_text_has_the_line_the_object_and_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    run([ERROR])

    assert capsys.readouterr().out == (
        f"{ERROR}:17: error RR704: Rollout shop: step 3 sets weight 120 of 0 to 100\n"
        "    Write 0 up to maxTrafficWeight, which is 100 unless set.\n"
        "\n"
        "1 error\n"
    )


def test_json_and_sarif_are_documents(capsys: pytest.CaptureFixture[str]) -> None:
    run([ERROR, "--output", "json"])
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "RR704"

    run([ERROR, "--output", "sarif"])
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["ruleId"] == "RR704"


@pytest.mark.parametrize(
    "arguments",
    [[], ["--output", "xml", GOOD], ["--skip", "RR000", GOOD], ["--fail-on", "panic", GOOD], ["--sk", GOOD]],
)
def test_a_command_line_that_cannot_be_used_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)

    assert ended.value.code == 2


def test_a_file_that_is_not_there_is_status_2_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["/nowhere/at/all.yaml"]) == 2
    assert (
        capsys.readouterr().err
        == "rollouts-router lint: /nowhere/at/all.yaml cannot be read: No such file or directory\n"
    )


def test_broken_yaml_on_stdin_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a: ["))

    assert run(["-"]) == 1
    assert capsys.readouterr().out.startswith("stdin:1: error RR601: ")


def test_the_command_is_a_word_of_rollouts_router(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["rollouts-router", "lint", GOOD])

    assert cli.main() == 0
    assert capsys.readouterr().out == "nothing found\n"
