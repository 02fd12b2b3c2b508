"""Reading and merging kubeconfig files."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.kube import kubeconfig
from rollouts_router.kube.errors import CredentialsError
from rollouts_router.kube.kubeconfig import Selection, User


def _write(path: Path, **entries: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({key.replace("_", "-"): value for key, value in entries.items()}))
    return path


def _context(name: str, *, cluster: str = "c", user: str = "u") -> dict[str, object]:
    return {"name": name, "context": {"cluster": cluster, "user": user, "namespace": "ignored"}}


def _cluster(name: str, server: str, **more: str) -> dict[str, object]:
    fields = {key.replace("_", "-"): value for key, value in more.items()}
    return {"name": name, "cluster": {"server": server, **fields}}


def _user(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "user": fields}


def _selected(*paths: Path) -> Selection:
    selection = kubeconfig.select(paths)
    assert selection is not None
    return selection


def test_the_first_file_to_say_something_wins(tmp_path: Path) -> None:
    first = _write(
        tmp_path / "1",
        current_context="",
        contexts=[_context("a", cluster="one")],
        clusters=None,
        users=[_user("u", token="first")],
    )
    second = _write(
        tmp_path / "2",
        current_context="a",
        contexts=[_context("a", cluster="two")],
        clusters=[_cluster("two", "https://two"), _cluster("one", "https://one")],
        users=[_user("u", token="second", username="never merged")],
    )
    third = _write(tmp_path / "3", current_context="b", contexts=[_context("b")])
    chosen = _selected(first, second, third)
    assert chosen.cluster.server == "https://one"
    assert chosen.user == User(token="first")


def test_a_context_that_is_wanted_goes_before_the_current_one(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "1",
        current_context="a",
        contexts=[_context("a"), _context("b", cluster="two")],
        clusters=[_cluster("c", "https://one"), _cluster("two", "https://two")],
        users=[_user("u", token="t")],
    )

    wanted = kubeconfig.select([file], "b")

    assert wanted is not None
    assert wanted.cluster.server == "https://two"
    for paths in ([file], []):
        with pytest.raises(CredentialsError, match='no context "c"'):
            kubeconfig.select(paths, "c")


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    main = _write(tmp_path / "1", current_context="a", contexts=[_context("a")])
    other = _write(
        tmp_path / "deep" / "2",
        clusters=[_cluster("c", "https://c", certificate_authority="ca.crt")],
        users=[
            _user(
                "u",
                **{"client-certificate": "../x.crt", "client-key": "/abs/x.key", "tokenFile": "t"},
                exec={"command": "./plugin", "apiVersion": "v1", "args": None},
            )
        ],
    )
    chosen = _selected(main, other)
    assert chosen.cluster.certificate_authority == str(tmp_path / "deep" / "ca.crt")
    assert chosen.user.client_certificate == str(tmp_path / "deep" / "../x.crt")
    assert chosen.user.client_key == "/abs/x.key"
    assert chosen.user.token_file == str(tmp_path / "deep" / "t")
    assert chosen.user.exec is not None
    assert chosen.user.exec.command == str(tmp_path / "deep" / "plugin")


def test_a_bare_command_is_left_to_the_search_path(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "1",
        current_context="a",
        contexts=[_context("a")],
        clusters=[_cluster("c", "https://c")],
        users=[_user("u", exec={"command": "plugin", "apiVersion": "v1"})],
    )
    entry = _selected(path).user.exec
    assert entry is not None
    assert entry.command == "plugin"


@pytest.mark.parametrize("text", ["", "{}", "current-context: ''", "kind: Config\nusers: []"])
def test_a_file_without_a_current_context_selects_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "1").write_text(text)
    assert kubeconfig.select([tmp_path / "1"]) is None


def test_no_file_selects_nothing() -> None:
    assert kubeconfig.select([]) is None


def test_a_context_may_have_no_user(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "1",
        current_context="a",
        contexts=[{"name": "a", "context": {"cluster": "c"}}],
        clusters=[_cluster("c", "http://c")],
    )
    assert _selected(path).user == User()


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ({"current_context": "a"}, 'no context "a"'),
        ({"current_context": "a", "contexts": [{"name": "a"}]}, 'no cluster ""'),
        ({"current_context": "a", "contexts": [_context("a")]}, 'no cluster "c"'),
        (
            {
                "current_context": "a",
                "contexts": [_context("a")],
                "clusters": [{"name": "c", "cluster": None}],
            },
            'no user "u"',
        ),
        ({"current_context": 5}, r"Expected `str \| null`, got `int` - at `\$.current-context`"),
        (
            {"users": [{"name": "u", "user": {"token": 12345}}]},
            r"got `int` - at `\$.users\[0\].user.token`",
        ),
        ({"clusters": {}}, "at `.*clusters`"),
    ],
)
def test_what_is_missing_or_odd_is_named(entries: dict[str, object], text: str, tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=text) as caught:
        kubeconfig.select([_write(tmp_path / "1", **entries)])
    assert "12345" not in str(caught.value)


def test_a_broken_file_is_named_with_its_line_and_never_quoted(tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_text("users:\n- name: u\n  user:\n    token: [secret\n")
    with pytest.raises(CredentialsError, match=r"broken is not YAML \(line \d\)") as caught:
        kubeconfig.select([path])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read: Is a directory"):
        kubeconfig.select([tmp_path])


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "MAX_FILE", 10)
    (tmp_path / "1").write_text("x" * 11)
    with pytest.raises(CredentialsError, match="longer than 10 bytes"):
        kubeconfig.select([tmp_path / "1"])


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_one_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd"
    path.write_bytes(text)
    with contextlib.suppress(CredentialsError):
        assert kubeconfig.select([path]) is None
