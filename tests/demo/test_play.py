"""The scenes against a plugin and a load that do as they are told."""

import io
import itertools
from typing import Any

import pytest
from demo.counting import Counting
from demo.errors import DemoError
from demo.load import Counts, Load
from demo.play import Play
from demo.records import Standing
from demo.scenes import STEPS, WAYS, Scene, Way
from demo.screen import PlainLines


class FakePlugin:
    """Remembers its calls; `weight` is what it has set."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int, bool]] = []
        self.weight = 0

    async def set_weight(self, standing: Standing, weight: int) -> None:
        self.calls.append(("set", standing.index, weight, standing.aborted))
        self.weight = weight

    async def verified(self, standing: Standing, weight: int) -> None:
        self.calls.append(("verify", standing.index, weight, standing.aborted))


class FakeLoad(Load):
    """Splits by the plugin's weight, times `factor`; `bad` is whether the canary fails."""

    def __init__(self, plugin: FakePlugin, *, factor: int = 1, bad: bool = False) -> None:
        super().__init__(WAYS)
        self.plugin, self.factor, self.bad = plugin, factor, bad

    async def counted(self) -> dict[Way, Counts]:
        for way in self.ways:
            canary = way.requests * min(self.plugin.weight * self.factor, 100) // 100
            for number in range(way.requests):
                version = "v2" if number < canary else "v1"
                for counts in (self.window[way], self.overall[way]):
                    counts.add(version, well=version == "v1" or not self.bad)
        return self.window


def played(**how: Any) -> tuple[Play, FakePlugin, io.StringIO]:
    plugin, out, ticks = FakePlugin(), io.StringIO(), itertools.count()
    counting = Counting(
        load=FakeLoad(plugin, **how),
        screen=PlainLines(out),
        weight_of=lambda _: plugin.weight,
        clock=lambda: float(next(ticks)),
    )
    return Play(plugin=plugin, counting=counting), plugin, out  # type: ignore[arg-type]


async def test_a_canary_goes_through_all_steps_each_set_then_verified_then_counted() -> None:
    play, plugin, out = played()
    summary = await play.run(Scene.CANARY)
    walk = [(call, at, weight, False) for at, weight in enumerate(STEPS) for call in ("set", "verify")]
    assert plugin.calls == walk
    assert summary.is_right
    assert len(summary.lines) == len(STEPS) * len(WAYS)
    assert "step 4 of 4, setWeight 100: SetWeight took" in out.getvalue()


async def test_other_shares_than_asked_are_wrong() -> None:
    play, _, _ = played(factor=2)
    assert not (await play.run(Scene.CANARY)).is_right


async def test_a_bad_version_is_aborted_at_the_first_step_and_gets_nothing_then() -> None:
    play, plugin, out = played(bad=True)
    summary = await play.run(Scene.ABORT)
    assert plugin.calls == [("set", 0, 5, False), ("verify", 0, 5, False), ("set", 0, 0, True)]
    assert summary.is_right
    assert [line.measured.asked for line in summary.lines] == [5] * 3 + [0] * 3
    assert "more than 1% of the requests failed" in out.getvalue()


async def test_a_bad_version_that_nobody_notices_is_wrong() -> None:
    play, _, _ = played()
    summary = await play.run(Scene.ABORT)
    assert summary.complaints == ("a bad version was not rolled back",)


async def test_errors_of_a_canary_that_should_be_good_are_wrong() -> None:
    play, _, _ = played(bad=True)
    summary = await play.run(Scene.CANARY)
    assert any("both versions are good ones" in each for each in summary.complaints)


async def test_a_step_that_cannot_be_done_ends_the_play() -> None:
    play, plugin, _ = played()

    async def failing(standing: Standing, weight: int) -> None:
        raise DemoError("SetWeight failed: no route")

    plugin.set_weight = failing  # type: ignore[method-assign]
    with pytest.raises(DemoError, match="no route"):
        await play.run(Scene.CANARY)
