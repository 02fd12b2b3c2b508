"""The files that are looked at."""

import io
from pathlib import Path

import pytest

from rollouts_router.lint import sources
from rollouts_router.lint.documents import MAX_CHARACTERS
from rollouts_router.lint.linting import Text
from rollouts_router.lint.sources import UnusableError, texts


def test_a_folder_is_its_yaml_files_in_order_without_hidden_folders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.json", "sub/d.yaml", ".git/e.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    found = [Path(each.file).relative_to(tmp_path).as_posix() for each in texts([str(tmp_path)])]

    assert found == ["a.yml", "b.yaml", "sub/d.yaml"]


def test_a_file_is_read_whatever_its_name_and_once(tmp_path: Path) -> None:
    file = tmp_path / "rendered"
    file.write_text("\N{ZERO WIDTH NO-BREAK SPACE}a: 1")

    assert list(texts([str(file), str(file)])) == [Text(str(file), "a: 1")]


def test_a_dash_is_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a: 1"))

    assert list(texts(["-"])) == [Text("stdin", "a: 1")]


def test_no_more_is_read_than_shows_that_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a" * (MAX_CHARACTERS + 100)))

    (text,) = texts(["-"])

    assert len(text.content) == MAX_CHARACTERS + 1


def test_what_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UnusableError, match="No such file"):
        list(texts([str(tmp_path / "none.yaml")]))
    with pytest.raises(UnusableError, match="is no UTF-8 text"):
        list(texts([str(tmp_path / "bytes")]))
    with pytest.raises(UnusableError, match=r"holds no \.yaml or \.yml file"):
        list(texts([str(tmp_path)]))
    with pytest.raises(UnusableError, match="cannot be read"):
        list(texts(["\0"]))
    monkeypatch.setattr(sources, "MAX_FILES", 0)
    with pytest.raises(UnusableError, match="more than 0 files"):
        list(texts(["-"]))
