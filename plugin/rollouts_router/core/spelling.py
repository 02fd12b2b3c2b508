"""Field names of a JSON object, whatever their case, as documented, and guesses at those that are not. No field is known here."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping


class Spelling:
    """How fields are spelled."""

    def __init__(self, names: Iterable[str], *, with_data_keys: Collection[str] = ()) -> None:
        """`names` are fields at any depth; the keys in those of `with_data_keys` are no fields and keep their case."""
        self._folded = {name.casefold(): name for name in names}
        self._with_data_keys = frozenset(with_data_keys)

    def correct(self, value: Mapping[str, object]) -> dict[str, object]:
        """Field names as documented, null fields dropped; a later key of the same name wins, as in Go."""
        fields: dict[str, object] = {}
        for key, entry in value.items():
            name = self._folded.get(key.casefold(), key)
            if entry is not None:
                fields[name] = self._data(entry) if name in self._with_data_keys else self._value(entry)
        return fields

    def unknown(self, path: str, keys: Iterable[str], known: Collection[str]) -> Iterator[str]:
        """A sentence on each of `keys` under `path` that is not known, with what was perhaps meant."""
        for key in sorted(set(keys) - set(known)):
            close = difflib.get_close_matches(key.casefold(), map(str.casefold, known), n=1, cutoff=0.7)
            guess = f', did you mean "{path}{self._folded[close[0]]}"?' if close else ""
            yield f'unknown key "{path}{key}" is ignored{guess}'

    def _value(self, value: object) -> object:
        if isinstance(value, dict):
            return self.correct(value)
        if isinstance(value, list):
            return [self._value(entry) for entry in value]
        return value

    def _data(self, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: self._value(entry) for key, entry in value.items()}
