"""The fuzz targets on their seeds and on a few thousand damaged ones, without coverage guidance."""

import pytest
from tests.fuzz.targets import TARGETS
from tests.wire.dice import dice


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_passes_whole_and_cut_short(name: str) -> None:
    """Among them are good streams, so the targets do get somewhere."""
    run_one, seeds = TARGETS[name]
    assert len(seeds()) >= 8
    for seed in seeds():
        run_one(seed)
        run_one(seed[: len(seed) // 2])


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_seeds_pass(name: str) -> None:
    """Bytes changed, dropped, doubled, and two seeds joined."""
    run_one, make_seeds = TARGETS[name]
    seeds, rolls = make_seeds(), dice(7)
    for _ in range(2_000):
        data = bytearray(rolls.choice(seeds))
        for _ in range(rolls.randint(1, 4)):
            place = rolls.randrange(len(data))
            width = rolls.choice([0, 1, 1, 1, 4])
            data[place : place + width] = rolls.randbytes(rolls.choice([0, 1, 1, 4]))
            data += rolls.choice([b"", b"", bytes(rolls.choice(seeds)[1:])])
            data = data or bytearray(1)
        run_one(bytes(data))
