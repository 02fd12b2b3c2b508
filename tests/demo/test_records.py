"""The arguments of the stand-in, read by the router as it reads a controller's."""

from demo.records import CANARY, LABELS, STABLE, Standing, weight_argument
from tests.wire.gob.sender import Sender

from rollouts_router.core.verify import is_awaited
from rollouts_router.methods.records import weight_args
from rollouts_router.wire.gob.reader import Decoder


def test_the_router_reads_what_the_stand_in_says() -> None:
    """Two calls on one stream: types are defined once."""
    sender, decoder = Sender(100), Decoder()
    decoder.receive(weight_argument(sender, Standing(steps=(5, 50), index=1), 50))
    decoder.receive(weight_argument(sender, Standing(steps=(5, 50), index=1, aborted=True), 0))

    forward, back = weight_args(decoder.next_value()), weight_args(decoder.next_value())

    assert (forward.desired, back.desired) == (50, 0)
    rollout = forward.rollout
    assert (rollout.stable_service, rollout.canary_service) == (STABLE, CANARY)
    assert (rollout.step_index, rollout.weight_steps) == (1, (True, True))
    assert next(iter(LABELS)).encode() in (rollout.plugin_config or b"")
    assert (rollout.is_aborted, back.rollout.is_aborted) == (False, True)


def test_at_every_step_the_weight_is_awaited() -> None:
    for index, weight in enumerate((5, 100)):
        decoder = Decoder()
        decoder.receive(weight_argument(Sender(100), Standing(steps=(5, 100), index=index), weight))
        asked = weight_args(decoder.next_value())
        assert is_awaited(asked.rollout, asked.desired)
