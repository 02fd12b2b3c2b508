"""Randomness that is the same in every run."""

import random


def dice(seed: int) -> random.Random:
    """Make a generator for test data."""
    return random.Random(seed)  # noqa: S311 - test data keeps no secrets
