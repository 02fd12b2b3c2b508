"""What an API server makes of a `labelSelector` parameter, written from the grammar in Kubernetes' documentation."""

import re
from collections.abc import Mapping

_TERM = re.compile(
    r"(?P<absent>!)?(?P<key>[^\s,()=!]+)"
    r"(?:(?P<equals>!?==?)(?P<value>[^\s,()=!]*)|\s(?P<set>in|notin)\s\((?P<values>[^()]*)\))?"
    r"(?:,|$)"
)


def matches(query: str, labels: Mapping[str, str]) -> bool:
    """Whether an object with these labels is in the list; a query that is no selector is an error."""
    at, terms = 0, []
    while at < len(query):
        term = _TERM.match(query, at)
        assert term, f"not a selector: {query}"
        terms.append(_holds(term, labels))
        at = term.end()
    return all(terms)


def _holds(term: re.Match[str], labels: Mapping[str, str]) -> bool:
    key = term["key"]
    if term["absent"]:
        return key not in labels
    if term["equals"]:
        return (labels.get(key) == term["value"]) is not term["equals"].startswith("!")
    listed = labels.get(key) in (term["values"] or "").split(",")
    return {"in": listed, "notin": not listed, None: key in labels}[term["set"]]
