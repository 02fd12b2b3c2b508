"""Proof that something allocates next to nothing."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def allocates_at_most(size: int) -> Iterator[None]:
    """Fail when the block had more than `size` bytes allocated at any time, beyond what was there before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= size, f"{peak - before} bytes were allocated, {size} expected at most"
