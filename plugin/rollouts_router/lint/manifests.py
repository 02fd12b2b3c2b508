"""The Kubernetes objects of files: what they are, where their fields stand, and which of them is meant by a name.

Nothing is judged here, and what a kind's fields mean is not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import PurePath
from typing import Any, Final

from rollouts_router.core.untyped import items, mapping, text
from rollouts_router.findings.model import Finding, Place, Rule
from rollouts_router.lint.documents import Document, Step

SKIP_ANNOTATION: Final = "rollouts-router/lint-skip"
"""Codes, separated by commas, that are not told of the object that carries it."""

ROLLOUTS: Final = "argoproj.io"


@dataclass(frozen=True, eq=False, kw_only=True)
class Manifest:
    """One object of a file; equal to itself alone.

    Attributes:
        file: The file as the user gave it.
        document: The document that it stands in.
        at: Where in the document; not empty for an item of a List.
        fields: The object.
    """

    file: str
    document: Document
    at: tuple[Step, ...]
    fields: Mapping[str, Any]

    @cached_property
    def kind(self) -> str:
        """Its kind."""
        return text(self.fields.get("kind"))

    @cached_property
    def group(self) -> str:
        """Its API group, empty for the core."""
        group, slash, _ = text(self.fields.get("apiVersion")).partition("/")
        return group if slash else ""

    @cached_property
    def name(self) -> str:
        """Its name."""
        return text(self.metadata.get("name"))

    @cached_property
    def namespace(self) -> str:
        """Its namespace, empty where none is written: the one that it will be applied to is not known."""
        return text(self.metadata.get("namespace"))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its metadata, empty when it has none."""
        return mapping(self.fields.get("metadata"))

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Its annotations, empty when it has none."""
        return mapping(self.metadata.get("annotations"))

    @property
    def labels(self) -> Mapping[str, Any]:
        """Its labels, empty when it has none."""
        return mapping(self.metadata.get("labels"))

    @cached_property
    def skipped(self) -> frozenset[str]:
        """Codes that are not told of it."""
        return frozenset(
            code.strip() for code in text(self.annotations.get(SKIP_ANNOTATION)).split(",") if code.strip()
        )

    def get(self, *path: Step) -> object:
        """A field's value, None when it is not there."""
        value: object = self.fields
        for step in path:
            if isinstance(step, int):
                entries = items(value)
                value = entries[step] if step < len(entries) else None
            else:
                value = mapping(value).get(step)
        return value

    def map(self, *path: Step) -> Mapping[str, Any]:
        """A field that should be a map, empty when it is none."""
        return mapping(self.get(*path))

    def list(self, *path: Step) -> Sequence[object]:
        """A field that should be a list, empty when it is none."""
        return items(self.get(*path))

    def finding(self, rule: Rule, sentence: str, *path: Step) -> Finding:
        """That this object breaks a rule, at the line of this field."""
        line = self.document.line(*self.at, *path)
        place = Place(kind=self.kind, namespace=self.namespace, name=self.name, file=self.file, line=line)
        return Finding(rule=rule, place=place, sentence=sentence)

    def can_be_in(self, namespace: str) -> bool:
        """Whether it is in this namespace, as far as is written."""
        return not namespace or self.namespace in {"", namespace}


@dataclass(frozen=True, slots=True)
class Given:
    """All objects of all files that were given."""

    manifests: tuple[Manifest, ...]

    def of(self, kind: str, group: str | None = None) -> Iterator[Manifest]:
        """All of a kind, of any API group unless one is given."""
        for each in self.manifests:
            if each.kind == kind and group in {None, each.group}:
                yield each

    def beside(
        self, manifest: Manifest, kind: str, group: str | None = None, namespace: str | None = None
    ) -> list[Manifest]:
        """All of a kind that this object can mean: those of its file; else of its folder; else any.

        A tree often holds several examples with the same names, and each means its own. The namespace is that of the
        object unless another one is given.
        """
        candidates = self._candidates(manifest, kind, group, namespace)
        nearest = min((distance for distance, _ in candidates), default=0)
        return [each for distance, each in candidates if distance == nearest]

    def near(
        self, manifest: Manifest, kind: str, group: str | None = None, namespace: str | None = None
    ) -> list[Manifest]:
        """All of a kind in the file or the folder of this object: what it should find there, if anywhere."""
        return [
            each for distance, each in self._candidates(manifest, kind, group, namespace) if distance <= 1
        ]

    def named(
        self, manifest: Manifest, kind: str, name: str, group: str | None = None, namespace: str | None = None
    ) -> Manifest | None:
        """The object of a name that this one means: the nearest of all that have it."""
        candidates = self._candidates(manifest, kind, group, namespace)
        found = ((distance, each) for distance, each in candidates if each.name == name)
        return min(found, key=itemgetter(0), default=(0, None))[1]

    def _candidates(
        self, manifest: Manifest, kind: str, group: str | None, namespace: str | None
    ) -> list[tuple[int, Manifest]]:
        """All of a kind in a namespace, each with how far it is."""
        place = manifest.namespace if namespace is None else namespace
        return [(_distance(each, manifest), each) for each in self.of(kind, group) if each.can_be_in(place)]


def manifests(file: str, document: Document) -> Iterator[Manifest]:
    """The objects of a document: none when it is something else, several when it is a List."""
    yield from _objects(file, document, (), document.value)


def _objects(file: str, document: Document, at: tuple[Step, ...], value: object) -> Iterator[Manifest]:
    fields = mapping(value)
    kind = text(fields.get("kind"))
    if not kind or not text(fields.get("apiVersion")):
        return
    if kind == "List" and not at:
        for index, entry in enumerate(items(fields.get("items"))):
            yield from _objects(file, document, ("items", index), entry)
        return
    yield Manifest(file=file, document=document, at=at, fields=fields)


def _distance(one: Manifest, other: Manifest) -> int:
    """0 in the same file, 1 in the same folder, else more by the steps between the folders."""
    if one.file == other.file:
        return 0
    mine, theirs = PurePath(one.file).parent.parts, PurePath(other.file).parent.parts
    common = sum(1 for _ in _common(mine, theirs))
    return 1 + len(mine) + len(theirs) - 2 * common


def _common(one: Iterable[str], other: Iterable[str]) -> Iterator[str]:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return
        yield left
