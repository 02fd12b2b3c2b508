"""Requests as data: method, target, content type, body. Nothing is sent here.

Source: Kubernetes API concepts, "Retrieving large results sets in chunks" and "HTTP PATCH".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from rollouts_router.kube.errors import Invalid
from rollouts_router.kube.resources import Call, Resource, Verb

PAGE: Final = 500
"""Objects asked for at once; what client-go's pager asks for."""

JSON: Final = "application/json"
JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; `target` is the quoted path with its query."""

    call: Call
    method: str
    target: str
    content_type: str = ""
    body: bytes | None = None
    asks: bool = False  # by POST, for an answer that is not kept

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that it may be repeated whatever happened."""
        return self.asks or self.call.verb in {Verb.GET, Verb.LIST}


def get(resource: Resource, *, namespace: str, name: str) -> Request:
    """Read one object, as the quorum has it: no resourceVersion is sent."""
    call = Call(verb=Verb.GET, resource=resource, namespace=namespace, name=name)
    return Request(call=call, method="GET", target=_path(call, name))


def page(resource: Resource, *, namespace: str, label_selector: str, after: str) -> Request:
    """Read the next objects of a list; `after` is the `metadata.continue` of the page before, or empty."""
    call = Call(verb=Verb.LIST, resource=resource, namespace=namespace)
    wanted = {"limit": str(PAGE), "labelSelector": label_selector, "continue": after}
    return Request(call=call, method="GET", target=_path(call) + _query(wanted))


def patch(
    resource: Resource,
    *,
    namespace: str,
    name: str,
    operations: Sequence[Mapping[str, object]],
    field_manager: str,
    dry_run: bool = False,
) -> Request:
    """Change one object by a JSON Patch (RFC 6902): all operations or none.

    A dry run goes through admission and validation and is not kept (Kubernetes API concepts, "Dry-run").
    """
    call = Call(verb=Verb.PATCH, resource=resource, namespace=namespace, name=name)
    return _patch(
        call, JSON_PATCH, operations, {"fieldManager": field_manager, "dryRun": "All" if dry_run else ""}
    )


def merge_patch(
    resource: Resource,
    *,
    namespace: str,
    name: str,
    document: Mapping[str, object],
    field_manager: str,
) -> Request:
    """Change one object by a JSON Merge Patch (RFC 7386); a `metadata.resourceVersion` in it is a precondition."""
    call = Call(verb=Verb.PATCH, resource=resource, namespace=namespace, name=name)
    return _patch(call, MERGE_PATCH, document, {"fieldManager": field_manager})


def create(
    resource: Resource, *, namespace: str, name: str, body: Mapping[str, object], field_manager: str
) -> Request:
    """Create one object, which has to carry this namespace and name."""
    call = Call(verb=Verb.CREATE, resource=resource, namespace=namespace, name=name)
    return Request(
        call=call,
        method="POST",
        target=_path(call) + _query({"fieldManager": field_manager}),
        content_type=JSON,
        body=msgspec.json.encode(body),
    )


def review(resource: Resource, question: Mapping[str, object]) -> Request:
    """Ask by POST what is answered and never stored: a TokenReview or a SubjectAccessReview."""
    call = Call(verb=Verb.CREATE, resource=resource)
    return Request(
        call=call,
        method="POST",
        target=_path(call),
        content_type=JSON,
        body=msgspec.json.encode(question),
        asks=True,
    )


def discovery(group: str, version: str = "") -> Request:
    """Ask which versions a group has, or which resources a version of it has."""
    call = Call(verb=Verb.GET, resource=Resource(group, version, ""))
    return Request(call=call, method="GET", target=_path(call))


def _patch(call: Call, content_type: str, body: object, query: Mapping[str, str]) -> Request:
    return Request(
        call=call,
        method="PATCH",
        target=_path(call, call.name) + _query(query),
        content_type=content_type,
        body=msgspec.json.encode(body),
    )


def _path(call: Call, name: str | None = None) -> str:
    try:
        return call.resource.path(call.namespace, name)
    except ValueError as error:
        raise Invalid(call, str(error)) from error


def _query(fields: Mapping[str, str]) -> str:
    return "?" + urlencode({key: value for key, value in fields.items() if value}, quote_via=quote)
