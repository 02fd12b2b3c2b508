"""A memory with a limit: what was used least recently goes first. What is remembered in it is its owners' business."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

MOST: Final = 16_384  # entries of some hundred bytes; more routes than one API server is asked for in a call

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """The most recent entries, by key."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._entries: OrderedDict[_K, _V] = OrderedDict()

    def get(self, key: _K) -> _V | None:
        """The entry, None when there is none or it had to go."""
        return self._entries.get(key)

    def put(self, key: _K, entry: _V) -> None:
        """Remember an entry in place of the former one."""
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def drop(self, key: _K) -> None:
        """Forget an entry, if there is one."""
        self._entries.pop(key, None)
