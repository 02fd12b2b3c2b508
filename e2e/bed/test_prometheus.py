"""Both programs of Debian's package run, and a package with other bytes is refused."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bundle import archive
from e2e.bed import prometheus
from e2e.bed.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path


def test_both_programs_run_and_are_of_the_locked_version() -> None:
    found = prometheus.programs()
    for program in (found.prometheus, found.promtool):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True)
        assert "version 2.42.0" in done.stdout + done.stderr


def test_a_package_with_other_bytes_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROLLOUTS_ROUTER_CACHE", str(tmp_path))
    monkeypatch.setattr(archive, "fetch", lambda path: f"not {path}".encode())
    with pytest.raises(BuildError, match="the lock says"):
        prometheus.programs()
    assert not list(tmp_path.glob("prometheus/[0-9a-f]*"))
