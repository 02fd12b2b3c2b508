"""Bytes that wait to be complete. Knows lengths and its limit, nothing of what the bytes mean."""

from rollouts_router.wire.errors import RemoteProtocolError


class Buffer:
    """A queue of bytes: appended behind, taken in front, never more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def append(self, data: bytes) -> None:
        """Queue `data`; raise RemoteProtocolError, queueing nothing, when that would pass the limit."""
        if len(self._data) + len(data) > self._limit:
            raise RemoteProtocolError(
                f"{len(self._data) + len(data)} bytes wait to be read, more than the limit of {self._limit}"
            )
        self._data += data

    def peek(self, count: int) -> bytes:
        """Return up to `count` bytes from the front and leave them there."""
        return bytes(self._data[:count])

    def take(self, count: int) -> bytes:
        """Remove and return exactly `count` bytes; the caller has made sure that they are there."""
        with memoryview(self._data) as view:
            taken = bytes(view[:count])
        del self._data[:count]  # moves the start of the array, not its bytes
        return taken
