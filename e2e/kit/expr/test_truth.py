"""Whose error it was: each situation from series to verdict, by a real Prometheus and the controller's own engine."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.charts.rendering import render
from tests.gates.gated import SERVICE, Gates, filled, gates
from tests.gates.truth import ROWS, Row, Version, worst

from e2e.kit.expr import backfill
from e2e.kit.expr.oracle import Reading, judged
from e2e.kit.gates.prometheus import vector

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.bed.kinds import Object

WEIGHT: Final = 25
WINDOW: Final = 150  # seconds, of a hold of ten minutes
GATES: Final = ("errors", "dependencies")


def series(namespace: str, version: str, behaves: Version) -> dict[str, float]:
    """The application's counters of a version, growing by so much a second."""
    labels = f'namespace="{namespace}",rollouts_pod_template_hash="{version}"'
    rate = behaves.requests / WINDOW
    shares = {
        ("200", ""): 1 - behaves.own - behaves.dependency,
        ("500", "own"): behaves.own,
        ("503", "dependency"): behaves.dependency,
    }
    return {
        f'http_requests_total{{{labels},code="{code}",error_origin="{origin}"}}': rate * share
        for (code, origin), share in shares.items()
        if rate * share
    }


def row(behaves: Row) -> dict[str, Object]:
    """What New Relic's queries would count of the same."""
    canary, stable = behaves.canary, behaves.stable
    counts = {"n": canary.requests, "stableN": stable.requests}
    return {
        "errors": {**counts, "bad": canary.requests * canary.own, "stableBad": stable.requests * stable.own},
        "dependencies": {
            **counts,
            "bad": canary.requests * canary.dependency,
            "stableBad": stable.requests * stable.dependency,
        },
    }


def expected(given: Row) -> dict[str, str]:
    return {"errors": given.errors, "dependencies": given.dependencies}


async def test_prometheus_tells_whose_error_it_was(tmp_path: Path) -> None:
    names = {f"team-{number}": name for number, name in enumerate(ROWS)}
    past = {
        key: rate
        for namespace, name in names.items()
        for version, behaves in (("c1", ROWS[name].canary), ("s1", ROWS[name].stable))
        for key, rate in series(namespace, version, behaves).items()
    }
    async with backfill.past(tmp_path, past) as url:
        for namespace, name in names.items():
            found = Gates(render(dict(SERVICE), namespace=namespace))
            args = found.args(WEIGHT)
            readings = [
                Reading(
                    metric=found.metrics[gate],
                    args=args,
                    result=await vector(
                        url,
                        filled(found.metrics[gate]["provider"]["prometheus"]["query"], args),
                        backfill.END,
                    ),
                )
                for gate in GATES
            ]
            told = dict(zip(GATES, (each.phase for each in judged(readings)), strict=True))
            assert told == expected(ROWS[name]), name
            assert worst(list(told.values())) == ROWS[name].release, name


def test_new_relic_tells_whose_error_it_was() -> None:
    found = gates(gates={"provider": "newrelic"})
    for name, situation in ROWS.items():
        readings = [
            Reading(metric=found.metrics[gate], args=found.args(WEIGHT), result=row(situation)[gate])
            for gate in GATES
        ]
        told = dict(zip(GATES, (each.phase for each in judged(readings)), strict=True))
        assert told == expected(situation), name
        assert worst(list(told.values())) == situation.release, name
