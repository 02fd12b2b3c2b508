"""The rules do what they are for: Prometheus' own unit tests, in the YAML files beside this one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from observability.files import FOLDER, ROOT

from e2e.bed import prometheus

HERE = Path(__file__).parent
LIMIT = 300.0  # seconds; days pass in them


@pytest.mark.parametrize("name", ["delivery.yaml", "alerts.yaml"])
def test_the_rules_pass_their_unit_tests(name: str, tmp_path: Path) -> None:
    """What rises, stays, drains, starts anew, or is not there; and what an alert says."""
    shutil.copy(ROOT / FOLDER / "rules.yaml", tmp_path)
    shutil.copy(HERE / name, tmp_path)
    done = subprocess.run(
        (prometheus.programs().promtool, "test", "rules", name),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr
