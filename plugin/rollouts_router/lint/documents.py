"""YAML text into documents: values as JSON has them, and the line of every field. What they mean is not known here.

The text may be anybody's, so what it can cost is bounded: its length, its documents, how deep they are, and how large
they get when their aliases are followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias, cast

import yaml

MAX_CHARACTERS: Final = 4 * 1024 * 1024
"""Of a text; the API server takes objects of 1.5 MiB, and a rendered chart holds some dozens of small ones."""

MAX_DOCUMENTS: Final = 2_000
MAX_DEPTH: Final = 64
"""Far below Python's stack; a Kubernetes object is some fifteen levels deep, the schema of a CRD some forty."""

MAX_NODES: Final = 250_000
"""Of one document with its aliases followed; the largest CRDs have a tenth of it."""

Json: TypeAlias = Any
Step: TypeAlias = str | int
_TAG: Final = "tag:yaml.org,2002:"


class UnreadableError(Exception):
    """The text is no YAML from `line` on (1 or more), or more than is looked at; the text of the error says why."""

    def __init__(self, text: str, line: int, *, over_limit: bool = False) -> None:
        super().__init__(text)
        self.line = line
        self.over_limit = over_limit


_LOADER: Final = cast(
    "type[yaml.SafeLoader]",
    # The C parser, where it is there; and only the types of JSON: what looks like a date is a text, as to kubectl.
    type(
        "JsonLoader",
        (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
        {
            "yaml_implicit_resolvers": {
                first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
                for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
            }
        },
    ),
)


@dataclass(frozen=True, eq=False)
class Document:
    """One document of a text.

    Attributes:
        node: As the parser made it, within the limits and without cycles.
        loader: Knows how scalars and merge keys are read.
        repeated: Fields that stand twice in their map, with the line of the later one.
    """

    node: yaml.Node
    loader: yaml.SafeLoader
    repeated: tuple[tuple[str, int], ...]

    @cached_property
    def value(self) -> Json:
        """The value, with the names of fields as texts; of a field that stands twice, the last one."""
        return self._plain(self.node)

    def line(self, *path: Step) -> int:
        """The line, from 1, of a field or entry; of what is around it, when it is not there."""
        found = self.node
        mark = found.start_mark
        for step in path:
            pair = _entry(found, step)
            if pair is None:
                break
            mark, found = pair[0].start_mark, pair[1]
        return int(mark.line) + 1

    def _plain(self, node: yaml.Node) -> Json:
        if isinstance(node, yaml.MappingNode):
            self.loader.flatten_mapping(node)
            return {_key(key): self._plain(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(each) for each in node.value]
        return self._scalar(cast("yaml.ScalarNode", node))

    def _scalar(self, node: yaml.ScalarNode) -> Json:
        """A scalar; as text where it is not what its tag says, or of a base that only YAML 1.1 knows (1:30 is 90)."""
        kind = node.tag.removeprefix(_TAG)
        if kind == "null":
            return None
        readers = {
            "bool": self.loader.construct_yaml_bool,
            "int": self.loader.construct_yaml_int,
            "float": self.loader.construct_yaml_float,
        }
        if kind not in readers or ":" in node.value:
            return str(node.value)
        try:
            return readers[kind](node)
        except (ValueError, KeyError, OverflowError):
            return node.value


def documents(text: str) -> Iterator[Document]:
    """The documents of a text, one by one, without empty ones.

    Raises:
        UnreadableError: From here on it cannot be read. What came before counts.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(f"it is longer than {MAX_CHARACTERS} characters", 1, over_limit=True)
    number = 0
    try:
        loader = _LOADER(text)
        while loader.check_node():
            node = cast("yaml.Node", loader.get_node())  # there is one, by the line above
            number += 1
            if number > MAX_DOCUMENTS:
                raise _over(node, f"it has more than {MAX_DOCUMENTS} documents")
            _check(node)
            yield Document(node, loader, tuple(_all_repeated(node)))
    except yaml.YAMLError as error:
        raise UnreadableError(_problem(error), _line(error, text)) from error
    except RecursionError as error:
        raise UnreadableError(_TOO_DEEP, 1, over_limit=True) from error


_TOO_DEEP: Final = f"it is more than {MAX_DEPTH} levels deep"


@dataclass(frozen=True, slots=True)
class _Extent:
    """How many values a node stands for, and how many levels."""

    size: int
    height: int


def _check(node: yaml.Node) -> None:
    """Refuse what would be too much to walk through, and keys that no JSON object can have."""
    extent = _extent(node, {}, 0)
    if extent.height > MAX_DEPTH:
        raise _over(node, _TOO_DEEP)
    if extent.size > MAX_NODES:
        raise _over(node, f"with its aliases followed it has more than {MAX_NODES} values")


def _extent(node: yaml.Node, known: dict[int, _Extent], depth: int) -> _Extent:
    """With every alias followed. A node that holds itself is not known while it is measured, so it gets too deep."""
    if depth > MAX_DEPTH:
        raise _over(node, _TOO_DEEP)
    if id(node) in known:
        return known[id(node)]
    if isinstance(node, yaml.MappingNode):
        _require_names(node)
    inner = [_extent(each, known, depth + 1) for each in _inner(node)]
    extent = _Extent(
        1 + sum(each.size for each in inner), 1 + max((each.height for each in inner), default=0)
    )
    known[id(node)] = extent
    return extent


def _require_names(node: yaml.MappingNode) -> None:
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableError(
                "a map or a list stands where the name of a field should; quote it if it is a text", line
            )
        if key.tag == f"{_TAG}merge" and not _is_mergeable(value):
            raise UnreadableError("<< takes a map, or a list of maps", line)


def _is_mergeable(node: yaml.Node) -> bool:
    if isinstance(node, yaml.SequenceNode):
        return all(isinstance(each, yaml.MappingNode) for each in node.value)
    return isinstance(node, yaml.MappingNode)


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _entry(node: yaml.Node, step: Step) -> tuple[yaml.Node, yaml.Node] | None:
    """Where a field or entry begins, and what it holds."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in reversed(node.value) if _key(key) == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _all_repeated(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """Asked before merge keys are resolved: what a merge brings may well stand there already."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            yield from _repeated(node)
        inner = [each for each in _inner(node) if id(each) not in seen]
        seen.update(map(id, inner))
        waiting.extend(inner)


def _repeated(node: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for key, _ in node.value:
        name = _key(key)
        if name in seen and key.tag != f"{_TAG}merge":
            yield name, key.start_mark.line + 1
        seen.add(name)


def _key(node: yaml.Node) -> str:
    return str(node.value)


def _over(node: yaml.Node, text: str) -> UnreadableError:
    return UnreadableError(text, node.start_mark.line + 1, over_limit=True)


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")


def _line(error: yaml.YAMLError, text: str) -> int:
    """The line of an error of the parser, or of one of the reader, which tells the place of a character only."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
    # What misses at the end of the text is missed on a line that it does not have.
    return min(int(mark.line) + 1, max(1, len(text.splitlines())))
