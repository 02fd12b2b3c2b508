"""Header and mirror steps as teams write them, and what a step makes of a rule, written out a second time on purpose."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from e2e.bed.kinds import Object

GIVEN = 1  # the weight that the API server gives to a backend that was written without one


def header_step(name: str, **headers: Mapping[str, str]) -> Object:
    """A `setHeaderRoute` step; a header's name is written with underscores, its value as exact, prefix or regex."""
    match = [
        {"headerName": header.replace("_", "-"), "headerValue": dict(value)}
        for header, value in headers.items()
    ]
    return {"setHeaderRoute": {"name": name, "match": match}}


def mirror_step(name: str, *match: Object, percentage: int | None = None) -> Object:
    """A `setMirrorRoute` step."""
    share: Object = {} if percentage is None else {"percentage": percentage}
    return {"setMirrorRoute": {"name": name, "match": list(match), **share}}


def without_match(step: Object) -> Object:
    """The step that takes out what this one put in."""
    ((kind, fields),) = step.items()
    return {kind: {"name": fields["name"]}}


def header(name: str, value: str, kind: str = "Exact") -> Object:
    """A header condition of a match."""
    return {"type": kind, "name": name, "value": value}


def to_canary(name: str, rules: Iterable[Object], canary: str, *headers: Object) -> list[Object]:
    """For each rule with this canary one for these headers alone: all of it, but its name, its headers, its backends."""
    sources = [rule for rule in rules if len(rule["backendRefs"]) > 1 and _ref(rule, canary)]
    return [
        {
            **copy.deepcopy(source),
            "name": name if number == 0 else f"{name}-{number}",
            "matches": [
                {**match, "headers": [*match.get("headers", ()), *headers]}
                for match in copy.deepcopy(source.get("matches", [{}]))
            ],
            "backendRefs": [{**copy.deepcopy(_ref(source, canary)), "weight": GIVEN}],
        }
        for number, source in enumerate(sources)
    ]


def mirrored(rule: Object, canary: str, percent: int | None = None) -> Object:
    """The rule with a filter that copies requests to the canary, behind its own."""
    share: Object = {} if percent is None else {"percent": percent}
    backend = {
        key: value for key, value in _ref(rule, canary).items() if key in {"group", "kind", "name", "port"}
    }
    added = {"type": "RequestMirror", "requestMirror": {"backendRef": backend, **share}}
    return {**rule, "filters": [*rule.get("filters", ()), added]}


def to_stable(name: str, rule: Object, stable: str, matches: list[Object]) -> Object:
    """The rule for these requests alone, and for nobody but stable."""
    return {
        **rule,
        "name": name,
        "matches": matches,
        "backendRefs": [{**_ref(rule, stable), "weight": GIVEN}],
    }


def _ref(rule: Object, name: str) -> Object:
    """The rule's backend of this name, empty if it has none."""
    return next((ref for ref in rule["backendRefs"] if ref["name"] == name), {})
