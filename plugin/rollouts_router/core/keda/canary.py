"""Whether a canary is in progress, by what one call says of its Rollout. Nothing is remembered for it."""

from rollouts_router.core.model import Rollout


def in_canary(rollout: Rollout, weight: int) -> bool:
    """Whether a hold is justified at this weight of the canary.

    It is from a new revision's first call on, to the weight of 0 after an abort or after the promotion. With one
    revision only, a weight above 0 is a way back with dynamicStableScale that is not at its end.
    """
    if not rollout.stable_hash or not rollout.current_hash:
        return False
    if rollout.stable_hash == rollout.current_hash:
        return weight > 0
    return not (rollout.is_aborted and weight == 0)
