"""The workflows are such as GitHub runs: actionlint finds nothing in them, nor shellcheck in their commands."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from e2e.bed import binaries
from e2e.bed.parts import Part

PART: Final = Part(
    name="actionlint",
    module=Path(__file__).with_name("tools"),
    programs={"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"},
)
WORKFLOWS: Final = Path(__file__).parents[2] / ".github" / "workflows"
SHELLCHECK: Final = Path(sys.executable).with_name("shellcheck")
LIMIT: Final = 60.0  # seconds


def test_actionlint_finds_nothing() -> None:
    program = binaries.build(PART).programs["actionlint"]
    files = sorted(map(str, WORKFLOWS.glob("*.yaml")))
    assert files
    command = [str(program), f"-shellcheck={SHELLCHECK}", "-pyflakes=", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
