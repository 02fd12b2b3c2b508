"""The measure itself has to be able to fail."""

import pytest
from tests.wire.bounds import allocates_at_most


def test_a_large_allocation_is_noticed() -> None:
    """Ten kilobytes are not one."""
    with pytest.raises(AssertionError, match="bytes were allocated"), allocates_at_most(1_000):
        bytearray(10_000)
