"""Parts are built once, from all that decides the outcome, and a failure says what is wrong."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from e2e.bed import binaries
from e2e.bed.errors import BuildError
from e2e.bed.parts import PARTS, Part

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = 'package main\n\nfunc main() { print("one") }\n'


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Part:
    """A part without dependencies, and an empty cache."""
    monkeypatch.setenv("ROLLOUTS_ROUTER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ROLLOUTS_ROUTER_USE_PATH", raising=False)
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module part\n\ngo 1.26\n")
    (module / "main.go").write_text(SOURCE)
    return Part(name="part", module=module, programs={"said": "."})


def test_two_builders_at_once_build_once(part: Part) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(binaries.build, (part, part))
    assert sorted((bool(first.seconds), bool(second.seconds))) == [False, True]
    assert first.programs == second.programs
    assert _output(first.programs["said"]) == "one"


def test_a_changed_source_is_built_anew(part: Part) -> None:
    before = binaries.build(part).programs["said"]
    (part.module / "main.go").write_text(SOURCE.replace("one", "two"))
    after = binaries.build(part).programs["said"]
    assert (_output(before), _output(after)) == ("one", "two")


def test_a_failed_build_quotes_the_compiler_and_leaves_nothing(part: Part) -> None:
    (part.module / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    with pytest.raises(BuildError, match="undefined: nonsense"):
        binaries.build(part)
    assert list((binaries.cache() / "bin").iterdir()) == []


def test_without_go_the_error_says_so(part: Part, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    binaries.key(part)  # the Go version is asked for once in a run
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="install Go"):
        binaries.build(part)


@pytest.mark.usefixtures("part")
def test_the_users_own_programs_are_taken_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "etcd"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("ROLLOUTS_ROUTER_USE_PATH", "1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.program("etcd") == own
    monkeypatch.delenv("ROLLOUTS_ROUTER_USE_PATH")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert binaries.program("etcd") == own


def test_an_unknown_program_is_an_error() -> None:
    with pytest.raises(BuildError, match="'kubelet'"):
        binaries.program("kubelet")


def test_each_part_of_the_table_has_its_module_files() -> None:
    assert all((part.module / "go.sum").is_file() for part in PARTS.values())


def _output(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, timeout=10, check=True).stderr
