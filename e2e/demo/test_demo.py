"""Both scenes, a router that is wrong, and every way to end."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e.demo.playing import REPOSITORY, demo

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = [f"setWeight {weight}" for weight in (5, 25, 50, 100)]
ROUTES = {"HTTPRoute shop", "HTTPRoute shop-api", "TCPRoute shop-feed"}
RIGHT = "canary = min(max(desired, 0), maximum)"
WRONG = "canary = min(max(desired * 2, 0), maximum)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="rr-") as path:
        yield Path(path)


async def test_a_canary_gets_at_each_step_the_share_that_was_asked_for(folder: Path) -> None:
    async with demo(folder, "canary") as played:
        status = await played.ends()
        await played.is_gone()

    rows = played.rows()
    assert status == 0, "\n".join(played.said)
    assert {(row["step"], row["route"]) for row in rows} == {
        (step, route) for step in STEPS for route in ROUTES
    }
    assert all(row["asked"] == f"{str(row['step']).split()[1]}.0" for row in rows)
    assert not any(row["wrong"] for row in rows)
    assert played.files() == []


async def test_a_bad_version_is_rolled_back_and_its_errors_stop(folder: Path) -> None:
    async with demo(folder, "abort") as played:
        status = await played.ends()
        await played.is_gone()

    assert status == 0, "\n".join(played.said)
    assert [row["step"] for row in played.rows()] == [STEPS[0]] * 3 + ["abort"] * 3
    assert {row["measured"] for row in played.rows()[3:]} == {"0.0"}
    assert any("the stand-in aborts" in line for line in played.said)
    assert played.files() == []


async def test_a_router_that_sets_another_weight_is_found_out(folder: Path, tmp_path: Path) -> None:
    """A copy of the router that doubles each weight: it verifies its own, only the requests tell."""
    copy = tmp_path / "rollouts_router"
    shutil.copytree(REPOSITORY / "plugin" / "rollouts_router", copy)
    weights = copy / "core" / "weights.py"
    assert RIGHT in weights.read_text()
    weights.write_text(weights.read_text().replace(RIGHT, WRONG))

    async with demo(folder, "canary", PYTHONPATH=str(tmp_path)) as played:
        status = await played.ends()
        await played.is_gone()

    wrong = {row["step"] for row in played.rows() if row["wrong"]}
    assert status == 1
    assert wrong >= {"setWeight 25", "setWeight 50"}
    assert any(line.startswith("WRONG: ") for line in played.said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_demo_leaves_nothing(folder: Path, number: signal.Signals) -> None:
    async with demo(folder, "canary") as played:
        await played.says("SetWeight took")
        played.process.send_signal(number)
        status = await played.ends()
        await played.is_gone()

    assert status == 130
    assert played.said[-2] == "interrupted; everything is stopped"
    assert not any("Traceback" in line for line in played.said)
    assert played.files() == []


async def test_nothing_outlives_a_demo_that_was_killed(folder: Path) -> None:
    async with demo(folder, "canary") as played:
        await played.says("SetWeight took")
        played.process.kill()
        await played.is_gone()


async def test_without_traefik_it_says_what_to_do(folder: Path) -> None:
    async with demo(folder, "canary", TRAEFIK=str(folder / "missing")) as played:
        status = await played.ends()

    assert status == 1
    assert played.said[0].endswith("start the demo with `make demo`, or set TRAEFIK to an executable")
