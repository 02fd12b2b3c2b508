"""The one alias for what the API server sends, untyped JSON objects, and the frame of a list of them.

Nothing else lives here. It is the only place that says `Any`: custom resources have no type we could know,
and keeping them as plain dictionaries is what keeps fields we never heard of.
"""

from typing import Any, TypeAlias

import msgspec

KubeObject: TypeAlias = dict[str, Any]
"""A Kubernetes object, or a list of them, as decoded from JSON."""

KubeObjects: TypeAlias = list[KubeObject]
"""Kubernetes objects in the order of the server."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list; `after` is where the next one starts, empty on the last."""

    items: KubeObjects
    after: str


class _ListMeta(msgspec.Struct, frozen=True):
    after: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct, frozen=True):
    metadata: _ListMeta
    items: KubeObjects | None = None


def page_of(document: KubeObject) -> Page:
    """The objects of a list answer. Raises msgspec.ValidationError if it is not a list."""
    answer = msgspec.convert(document, _List)
    return Page(items=answer.items or [], after=answer.metadata.after)
