"""The command line of `rollouts-router why`."""

from pathlib import Path

import pytest

from rollouts_router.why.options import Output, parse

CONFIG = """
contexts:
- {name: one, context: {cluster: c, user: u, namespace: team}}
- {name: two, context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {}}]
current-context: one
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").write_text(CONFIG)
    return {"KUBECONFIG": str(tmp_path / "config")}


def test_a_name_with_its_namespace_needs_no_kubeconfig() -> None:
    options = parse(["shop/web", "-o", "json", "--timeout", "2.5"], {})
    assert (options.namespace, options.name, options.output, options.seconds) == (
        "shop",
        "web",
        Output.JSON,
        2.5,
    )


@pytest.mark.parametrize(("arguments", "namespace"), [([], "team"), (["--context", "two"], "default")])
def test_a_name_alone_is_in_the_context_s_namespace(
    arguments: list[str], namespace: str, environment: dict[str, str]
) -> None:
    assert parse(["web", *arguments], environment).namespace == namespace


@pytest.mark.parametrize("words", ["", "/web", "shop/", "a/b/c"])
def test_other_words_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse([words], {})
    assert "is neither NAMESPACE/NAME nor NAME" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["shop/web", "--timeout", seconds], {})


def test_an_unknown_context_is_told(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["web", "--context", "three"], environment)
    assert 'the kubeconfig has no context "three"' in capsys.readouterr().err
