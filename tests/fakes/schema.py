"""What an API server with the CRDs of the Gateway API makes of a route: fills in, drops, refuses.

Source: the CRDs of Gateway API 1.6 and 1.7 (names are unique), and the release notes on `rules[].name` (1.4) and
`requestMirror.percent` (1.3).
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

_MOST = {"backendRefs": 16, "filters": 16, "matches": 64}


@dataclass(frozen=True)
class Schema:
    """One generation of CRDs.

    Attributes:
        fills: Whether defaults are filled in.
        keeps_names: Whether rules have a name.
        keeps_percent: Whether mirrors have a percentage or a fraction; both came together (GEP-3171).
        unique_names: Whether two rules may not have one name.
    """

    fills: bool = True
    keeps_names: bool = True
    keeps_percent: bool = True
    unique_names: bool = True

    def admit(self, given: Json, plural: str) -> Json:
        """The object as it is kept; AssertionError tells what is refused."""
        route = copy.deepcopy(given)
        _drop_empty_maps(route["metadata"])
        for rule in route["spec"].get("rules", []):
            if not self.keeps_names:
                rule.pop("name", None)
            if not self.keeps_percent:
                _drop_percent(rule)
            if self.fills:
                _fill(rule, plural)
        names = [rule["name"] for rule in route["spec"].get("rules", []) if "name" in rule]
        assert not self.unique_names or len(set(names)) == len(names), f"names are unique: {names}"
        _check(route)
        return route


def _drop_empty_maps(metadata: Json) -> None:
    """Maps of strings are written only when something is in them."""
    for field in ("labels", "annotations"):
        if metadata.get(field) == {}:
            del metadata[field]


def _drop_percent(rule: Json) -> None:
    for each in rule.get("filters", []):
        if "requestMirror" in each:
            each["requestMirror"].pop("percent", None)
            each["requestMirror"].pop("fraction", None)


def _fill(rule: Json, plural: str) -> None:
    if plural == "httproutes":
        rule.setdefault("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
        for match in rule["matches"]:
            path = match.setdefault("path", {})
            path.setdefault("type", "PathPrefix")
            path.setdefault("value", "/")
    for match in rule.get("matches", []):
        if isinstance(match.get("method"), dict):
            match["method"].setdefault("type", "Exact")
        for condition in (*match.get("headers", []), *match.get("queryParams", [])):
            condition.setdefault("type", "Exact")
    for ref in rule.get("backendRefs", []):
        ref.setdefault("weight", 1)
    for each in rule.get("filters", []):
        if "fraction" in each.get("requestMirror", {}):
            each["requestMirror"]["fraction"].setdefault("denominator", 100)
    for ref in _references(rule):
        ref.setdefault("group", "")
        ref.setdefault("kind", "Service")


def _references(rule: Json) -> Iterator[Json]:
    for holder in (rule, *rule.get("backendRefs", [])):
        yield from holder.get("backendRefs", [])
        for each in holder.get("filters", []):
            if "requestMirror" in each:
                yield each["requestMirror"]["backendRef"]


def _check(route: Json) -> None:
    rules = route["spec"].get("rules", [])
    matches = [match for rule in rules for match in rule.get("matches", [])]
    annotations = route["metadata"].get("annotations", {})
    assert len(rules) <= 16
    assert len(matches) <= 128
    assert sum(len(text) for entry in annotations.items() for text in entry) <= 256 * 1024
    for field, most in _MOST.items():
        assert all(len(rule.get(field, [])) <= most for rule in rules), field
    for match in matches:
        headers = [header["name"] for header in match.get("headers", [])]
        assert len(set(headers)) == len(headers) <= 16
