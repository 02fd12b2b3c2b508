"""Which counts a weight allows: binomial arithmetic, summed exactly, without a word to anybody."""

import math
from itertools import accumulate
from typing import Final

PERCENT: Final = 100

FALSE_ALARM: Final = 1e-4
"""How likely a gateway that is right may be called wrong in a whole run, all its comparisons together."""


def allowed(number: int, weight: int, alarm: float) -> range:
    """How many of `number` independent requests may go to the side with this weight, 0 to 100.

    The range leaves out at most `alarm` / 2 of the probability at each end: a right split is called wrong with a
    probability of `alarm` at most. The tails are summed exactly, as the normal approximation is too narrow at
    small weights. At 0 and 100 there is one answer.
    """
    if weight in {0, PERCENT}:
        return range(number * weight // PERCENT, number * weight // PERCENT + 1)
    share = weight / PERCENT
    chances = [_chance(number, hits, share) for hits in range(number + 1)]
    low = sum(tail <= alarm / 2 for tail in accumulate(chances))
    cut = sum(tail <= alarm / 2 for tail in accumulate(reversed(chances)))
    return range(low, number - cut + 1)


def _chance(number: int, hits: int, share: float) -> float:
    """The probability of exactly so many hits; by logarithms, since factorials of a thousand fit no float."""
    ways = math.lgamma(number + 1) - math.lgamma(hits + 1) - math.lgamma(number - hits + 1)
    return math.exp(ways + hits * math.log(share) + (number - hits) * math.log1p(-share))
