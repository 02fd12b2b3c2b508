"""From texts to findings: read everything, then let every check look at all of it. No file is opened here."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rollouts_router.findings.model import Finding, Place
from rollouts_router.lint.catalogue import FAMILIES, RULES
from rollouts_router.lint.documents import Document, UnreadableError, documents
from rollouts_router.lint.manifests import SKIP_ANNOTATION, Given, Manifest, manifests
from rollouts_router.lint.rules import reading as rules

_HELM: Final = re.compile(
    r"\{\{-?\s*(?:[.$]|/\*|(?:include|if|else|end|range|with|define|template|block|tpl|toYaml|required|default|quote)\b)"
)
"""How actions of Helm's templates begin; placeholders of an AnalysisTemplate do not."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as it was read: its name, as the user gave it, and its content."""

    file: str
    content: str


def lint(texts: Iterable[Text], skipped: Collection[str] = ()) -> list[Finding]:
    """All findings of all texts together, in the order of the texts and their lines.

    Args:
        texts: What the files hold; objects of one may refer to objects of another.
        skipped: Codes that are not told.
    """
    order: dict[str | None, int] = {}
    found: list[Finding] = []
    read: list[Manifest] = []
    for text in texts:
        order.setdefault(text.file, len(order))
        found.extend(_read(text, read))
    given = Given(tuple(read))
    found.extend(_checked(given))
    told = [each for each in dict.fromkeys(found) if each.rule.code not in skipped]
    return sorted(told, key=lambda each: (order[each.place.file], each.place.line or 0, each.rule.code))


def _read(text: Text, read: list[Manifest]) -> Iterator[Finding]:
    """Collect the objects of a text, and tell what is wrong with it as YAML."""
    try:
        for document in documents(text.content):
            found = list(manifests(text.file, document))
            read.extend(found)
            yield from _repeated(document, found)
    except UnreadableError as error:
        yield _unreadable(text, error)


def _unreadable(text: Text, error: UnreadableError) -> Finding:
    if error.over_limit:
        rule = rules.TOO_MUCH
    else:
        rule = rules.NOT_RENDERED if _HELM.search(text.content) else rules.BROKEN
    return Finding(rule=rule, place=Place(file=text.file, line=error.line), sentence=str(error))


def _repeated(document: Document, found: list[Manifest]) -> Iterator[Finding]:
    for name, line in document.repeated if found else ():
        first = found[0]
        place = Place(kind=first.kind, namespace=first.namespace, name=first.name, file=first.file, line=line)
        yield Finding(rule=rules.REPEATED, place=place, sentence=f'"{name}" stands there a second time')


def _checked(given: Given) -> Iterator[Finding]:
    """What the checks find, without what the objects themselves ask not to be told."""
    silent = {_key(each): each.skipped for each in given.manifests if each.skipped}
    for manifest in given.manifests:
        for code in sorted(manifest.skipped - set(RULES)):
            path = ("metadata", "annotations", SKIP_ANNOTATION)
            yield manifest.finding(rules.UNKNOWN_SKIP, f'"{code}" is no code of a rule', *path)
    for family in FAMILIES:
        for check in family.checks:
            for finding in check(given):
                place = finding.place
                key = (place.file, place.kind, place.namespace, place.name)
                if finding.rule.code not in silent.get(key, ()):
                    yield finding


def _key(manifest: Manifest) -> tuple[str | None, str, str, str]:
    return manifest.file, manifest.kind, manifest.namespace, manifest.name
