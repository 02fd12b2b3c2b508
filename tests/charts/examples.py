"""The examples in charts/examples: what each renders to is kept in tests/golden/charts.

`python -m tests.charts.examples` writes those files anew, with Helm's engine as it is in the development environment
(helm-python-sdk of requirements/dev.lock, release `shop` in namespace `team`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml
from tests.charts.rendering import CHARTS, ROOT, Object, text

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = {path.stem: path for path in sorted((CHARTS / "examples").glob("*.yaml"))}
GOLDEN: Final = ROOT / "tests" / "golden" / "charts"


def values(name: str) -> Object:
    """The values of an example."""
    return dict(yaml.safe_load(EXAMPLES[name].read_text()))


def golden(name: str) -> Path:
    """Where the rendered text of an example is kept."""
    return GOLDEN / f"{name}.yaml"


def rewrite() -> None:
    """Renders every example into its file, and removes files of examples that are no more."""
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.glob("*.yaml"):
        path.unlink()
    for name in EXAMPLES:
        golden(name).write_text(text(values(name)))


if __name__ == "__main__":
    rewrite()
