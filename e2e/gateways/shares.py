"""Which counts a weight allows: the arithmetic of a fair coin, without a word to anybody."""

from __future__ import annotations

import math
from typing import Final

PERCENT: Final = 100
# A right split is called wrong once in two million counts; of 2,000 requests a share that is twice what it should
# be, or half of it, is out of bounds at every weight.
DEVIATIONS: Final = 5.0


def allowed(number: int, weight: int) -> range:
    """How many of `number` requests, two or more, may go to the side with this weight, 0 to 100.

    At 0 and 100 there is one answer; between them both sides get something.
    """
    if weight in {0, PERCENT}:
        return range(number * weight // PERCENT, number * weight // PERCENT + 1)
    share = weight / PERCENT
    spread = DEVIATIONS * math.sqrt(number * share * (1 - share))
    low = max(math.ceil(number * share - spread), 1)
    high = min(math.floor(number * share + spread), number - 1)
    return range(low, high + 1)
