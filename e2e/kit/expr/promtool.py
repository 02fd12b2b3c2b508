"""Unit tests of queries by promtool: series in, the one number that a query answers out. Runs promtool, nothing else."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from e2e.bed import prometheus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

INTERVAL: Final = "15s"
LIMIT: Final = 60.0  # seconds
PRECISION: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Series in promtool's notation, a query, when it is asked, and what it answers; None: nothing."""

    name: str
    series: Mapping[str, str]
    query: str
    at: str
    answer: float | None


def failures(folder: Path, cases: Sequence[Case]) -> str:
    """What promtool says against these cases; empty when all hold."""
    return said(folder, {"tests": [_test(case) for case in cases]})


def said(folder: Path, document: Mapping[str, object]) -> str:
    """What promtool says against the tests of a document in its own form, whose files are in the folder."""
    file = folder / "tests.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": INTERVAL, **document}))
    command = (str(prometheus.programs().promtool), "test", "rules", str(file))
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def _test(case: Case) -> dict[str, object]:
    samples = [] if case.answer is None else [{"labels": "{}", "value": case.answer}]
    asked = {"expr": f"round({case.query}, {PRECISION})", "eval_time": case.at, "exp_samples": samples}
    return {
        "name": case.name,
        "interval": INTERVAL,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "promql_expr_test": [asked],
    }
