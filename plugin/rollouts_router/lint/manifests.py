"""The Kubernetes objects of files: what they are, where their fields stand, and which of them is meant by a name.

Nothing is judged here, and what a kind's fields mean is not known.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import PurePath
from typing import Final

from rollouts_router.core.routes import KubeObject
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
    fields: KubeObject

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
    def metadata(self) -> KubeObject:
        """Its metadata, empty when it has none."""
        return mapping(self.fields.get("metadata"))

    @property
    def annotations(self) -> KubeObject:
        """Its annotations, empty when it has none."""
        return mapping(self.metadata.get("annotations"))

    @property
    def labels(self) -> KubeObject:
        """Its labels, empty when it has none."""
        return mapping(self.metadata.get("labels"))

    @cached_property
    def folder(self) -> tuple[str, ...]:
        """The parts of the path of its file's folder."""
        return PurePath(self.file).parent.parts

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

    def map(self, *path: Step) -> KubeObject:
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


class Given:
    """All objects of all files that were given."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.manifests = tuple(manifests)
        self._by_kind: dict[str, list[Manifest]] = {}
        self._by_name: dict[tuple[str, str], list[Manifest]] = {}
        for each in self.manifests:
            self._by_kind.setdefault(each.kind, []).append(each)
            self._by_name.setdefault((each.kind, each.name), []).append(each)

    def of(self, kind: str, group: str | None = None) -> Iterator[Manifest]:
        """All of a kind, of any API group unless one is given."""
        return (each for each in self._by_kind.get(kind, ()) if group in {None, each.group})

    def beside(
        self, manifest: Manifest, kind: str, group: str | None = None, namespace: str | None = None
    ) -> list[Manifest]:
        """All of a kind that this object can mean: those of its file; else of its folder; else any.

        A tree often holds several examples with the same names, and each means its own. The namespace is that of the
        object unless another one is given.
        """
        candidates = _candidates(manifest, self.of(kind, group), namespace)
        nearest = min((distance for distance, _ in candidates), default=0)
        return [each for distance, each in candidates if distance == nearest]

    def near(
        self, manifest: Manifest, kind: str, group: str | None = None, namespace: str | None = None
    ) -> list[Manifest]:
        """All of a kind in the file or the folder of this object: what it should find there, if anywhere."""
        candidates = _candidates(manifest, self.of(kind, group), namespace)
        return [each for distance, each in candidates if distance <= 1]

    def named(
        self, manifest: Manifest, kind: str, name: str, group: str | None = None, namespace: str | None = None
    ) -> Manifest | None:
        """The object of a name that this one means: the nearest of all that have it."""
        found = (each for each in self._by_name.get((kind, name), ()) if group in {None, each.group})
        return min(_candidates(manifest, found, namespace), key=itemgetter(0), default=(0, None))[1]


def _candidates(
    manifest: Manifest, found: Iterable[Manifest], namespace: str | None
) -> list[tuple[int, Manifest]]:
    """Those that are in a namespace, by default that of the object that means them, each with how far it is."""
    place = manifest.namespace if namespace is None else namespace
    return [(_distance(each, manifest), each) for each in found if each.can_be_in(place)]


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
    mine, theirs = one.folder, other.folder
    common = sum(1 for _ in _common(mine, theirs))
    return 1 + len(mine) + len(theirs) - 2 * common


def _common(one: Iterable[str], other: Iterable[str]) -> Iterator[str]:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return
        yield left
