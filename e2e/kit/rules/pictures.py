"""`python -m e2e.kit.rules.pictures`: draws the dashboards from a release of some ten minutes, for the docs.

A real control plane, the stock controller, our plugin and a real Prometheus with our rules, those of 30 days evaluated
every minute; only the gate's number is the script's. The drawing is ours: there is no Grafana.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from observability.dashboards.pages import PAGES
from observability.dashboards.questions import asked
from observability.drawing.alert import alert
from observability.drawing.dashboard import drawn
from observability.drawing.data import Series, Span
from observability.files import ROOT
from observability.rules.delivery import DELIVERY, MONTHLY
from observability.rules.model import rules_file

from e2e.kit.rules.shop import gate, judged, opened
from e2e.kit.rules.watched import Watched, watched

if TYPE_CHECKING:
    from observability.dashboards.panels import Dashboard, Query

    from e2e.bed.kinds import Object
    from e2e.bed.rollouts import Canary

FOLDER: Final = ROOT / "docs" / "pictures"
GOLDEN: Final = ROOT / "tests" / "golden" / "notifications" / "failed.json"
HOLD: Final = {"pause": {"duration": "35s"}}
STEPS: Final = (
    *({"setWeight": 5}, HOLD, gate()),
    *({"setWeight": 25}, HOLD, gate()),
    *({"setWeight": 50}, HOLD, {"setWeight": 100}, HOLD),
)
GOOD, BAD = "0.002", "0.034"
BETWEEN: Final = 70.0  # seconds; the rules look once a minute
LONG: Final = 300.0  # seconds for all steps
STEP: Final = 5.0  # seconds between two points of a picture


async def _released(bed: Watched) -> None:
    """A version that fails at 5 %, one that fails at 25 %, one that passes."""
    canary = await opened(bed, STEPS, {}, errors=BAD)
    await asyncio.sleep(BETWEEN)
    await canary.set_image("web:2")
    await canary.wait_degraded(within=LONG)
    await asyncio.sleep(BETWEEN)
    await judged(bed, GOOD)
    await canary.set_image("web:3")
    await canary.wait_for_step(4, within=LONG)
    await judged(bed, BAD)
    await canary.wait_degraded(within=LONG)
    await asyncio.sleep(BETWEEN)
    await _passes(bed, canary)
    await asyncio.sleep(2 * BETWEEN)


async def _passes(bed: Watched, canary: Canary) -> None:
    await judged(bed, GOOD)
    await canary.set_image("web:4")
    await canary.wait(lambda status: status.get("stableRS") == status.get("currentPodHash"), "promoted", LONG)


async def _data(bed: Watched, page: Dashboard, span: Span) -> dict[str, list[Series]]:
    return {
        f"{row.title}/{panel.title}": [
            series for query in panel.queries for series in await _series(bed, query, span)
        ]
        for row in page.rows
        for panel in row.panels
    }


async def _series(bed: Watched, query: Query, span: Span) -> list[Series]:
    found = await bed.since(asked(query.expression), span.begin, span.end, STEP)
    return [Series(_name(query, each["metric"]), _points(each)) for each in found]


def _name(query: Query, labels: Object) -> str:
    name = query.legend
    for label, value in labels.items():
        name = name.replace(f"{{{{{label}}}}}", str(value))
    return name


def _points(found: Object) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in found["values"] if value != "NaN"]


async def _drawn() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        rules = rules_file((DELIVERY, dataclasses.replace(MONTHLY, interval=DELIVERY.interval)))
        async with watched(Path(folder), scrapes="5s", rules=rules) as bed:
            begin = time.time()  # noqa: TID251 -- Prometheus keeps the same clock
            await _released(bed)
            span = Span(begin, time.time())  # noqa: TID251 -- as above
            return {page.uid: drawn(page, await _data(bed, page, span), span) for page in PAGES}


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sample = json.loads(GOLDEN.read_text(encoding="utf-8"))["analysis-failed"]["slack"]
    (FOLDER / "alert.svg").write_text(alert(sample), encoding="utf-8")
    for name, content in asyncio.run(_drawn()).items():
        (FOLDER / f"{name}.svg").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
