"""`python -m e2e.kit.expr.table`: writes the table of conditions and verdicts anew, by the controller's engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.gates.conditions import GOLDEN, Case, cases

from e2e.kit.expr.oracle import Reading, judged

if TYPE_CHECKING:
    from e2e.bed.kinds import Object


def main() -> None:
    """One row a reading: conditions with their arguments filled in, what was read, and what it came to."""
    asked = cases()
    told = judged([Reading(metric=each.metric, result=each.result, args=each.args) for each in asked])
    table = {case.name: _row(case, verdict.phase) for case, verdict in zip(asked, told, strict=True)}
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(
        "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()) + "\n}\n"
    )


def _row(case: Case, verdict: str) -> Object:
    success, failure = case.conditions()
    given = case.result
    result = given if isinstance(given, Mapping) else [str(each) for each in given]  # JSON has no NaN
    return {"success": success, "failure": failure, "result": result, "verdict": verdict}


if __name__ == "__main__":
    main()
