"""Which sentences are new. A reconcile repeats every few seconds; what it says again is not news."""

from collections import OrderedDict
from collections.abc import Iterable

# Subjects remembered. A Rollout has one to three, and with more subjects than this taking turns each would be
# forgotten before it comes back, so that everything would be news.
_MAX_SUBJECTS = 16_384


class Notices:
    """Remembers, for each subject, what was said last, so that a sentence is told once for as long as it holds."""

    def __init__(self, most: int = _MAX_SUBJECTS) -> None:
        self._most = most
        self._said: OrderedDict[str, frozenset[str]] = OrderedDict()

    def news(self, subject: str, sentences: Iterable[str]) -> list[str]:
        """Those of `sentences` that were not in the last call for this subject, in order."""
        now = list(dict.fromkeys(sentences))
        before = self._said.pop(subject, frozenset())
        if now:
            self._said[subject] = frozenset(now)
        while len(self._said) > self._most:
            self._said.popitem(last=False)
        return [sentence for sentence in now if sentence not in before]
