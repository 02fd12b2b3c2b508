"""Replies as text for people: tables as kubectl prints them, and a sentence where a table would say less."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value

from rollouts_router.client.documents import document
from rollouts_router.v1 import traffic_router_pb2 as v1

_GAP: Final = "   "
_WATCH_WIDTHS: Final = (8, 40, 32, 4)
"""Columns of a watch: its rows come one by one, so they cannot be fitted to the widest."""


def text_of(reply: Message) -> str:
    """A reply as lines."""
    return "\n".join(_LINES[type(reply)](reply))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; nothing at all without rows."""
    if rows:
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for row in (head, *rows):
            yield _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def watch_head() -> str:
    """The head of a watch."""
    return _watch_row(("TIME", "ROUTE", "WEIGHTS", "LIVE"), "REASON")


def _info(reply: v1.GetInfoResponse) -> Iterator[str]:
    yield f"rollouts-router {reply.version}, plugin {reply.plugin_name}"
    if reply.allowed_namespaces:
        yield f"only for routes in {', '.join(reply.allowed_namespaces)}"
    yield ""
    yield from table(
        ("KIND", "VERSIONS", "SERVED", "STEPS"),
        [
            (
                kind.kind,
                ",".join(kind.versions),
                ",".join(kind.served_versions) or "?",
                _yes(kind.managed_routes),
            )
            for kind in reply.kinds
        ],
    )


def _discover(reply: v1.DiscoverResponse) -> Iterator[str]:
    rows = [
        (
            _name(found.route),
            found.named_by or "selector",
            _yes(found.use_header_routes),
            _rule(rule),
            _weights(rule),
        )
        for found in reply.routes
        for rule in found.rules
    ]
    yield from table(("ROUTE", "FOUND BY", "STEPS", "RULE", "WEIGHTS"), rows)
    if not rows:
        yield f"no routes in namespace {reply.namespace}"
    left = [
        (_name(each.route), _word(v1.LeftOutReason.Name(each.reason)), each.detail) for each in reply.left_out
    ]
    if left:
        yield ""
        yield from table(("LEFT OUT", "REASON", "DETAIL"), left)
    yield from _omitted(reply.routes_omitted)
    yield from (f"problem: {problem}" for problem in reply.problems)
    yield from (f"warning: {warning}" for warning in reply.warnings)


def _changed(outcome: v1.Outcome) -> Iterator[str]:
    rows = [
        (
            _name(each.route),
            _word(v1.RouteResult.Name(each.result)),
            each.detail or _count(len(each.patches), "patch"),
        )
        for each in outcome.routes
    ]
    yield from table(("ROUTE", "RESULT", "DETAIL"), rows)
    yield from _summary(outcome)


def _planned(reply: v1.PlanResponse) -> Iterator[str]:
    for each in reply.outcome.routes:
        for patch in each.patches:
            yield f"{_name(each.route)} ({patch.version}), {_word(v1.RouteResult.Name(each.result))}:"
            yield from (f"  {line}" for line in table(("OP", "PATH", "VALUE"), _operations(patch)))
            yield ""
    yield from _summary(reply.outcome)


def _verified(reply: v1.VerifyWeightResponse) -> Iterator[str]:
    yield _word(v1.Verdict.Name(reply.verdict))
    yield from reply.reasons


def _watched(reply: v1.WatchResponse) -> Iterator[str]:
    time = reply.observed_at.ToDatetime().strftime("%H:%M:%S")
    for state in reply.routes:
        weights = "; ".join(map(_weights, state.rules))
        yield _watch_row((time, _name(state.route), weights, _yes(state.live)), state.reason)
    for route in reply.gone:
        yield _watch_row((time, _name(route), "", ""), "no route of the Rollout any more")
    yield from _omitted(reply.routes_omitted)
    if reply.total != len(reply.routes):
        yield _watch_row((time, f"{reply.live} of {reply.total} live", "", ""), "")


def _watch_row(cells: Sequence[str], last: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WATCH_WIDTHS, strict=True))
    return _GAP.join((*padded, last)).rstrip()


def _summary(outcome: v1.Outcome) -> Iterator[str]:
    counts = {
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "released": outcome.released,
        "left alone": outcome.left_alone,
    }
    yield ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no routes"
    yield from _omitted(outcome.routes_omitted)
    yield from (f"warning: {warning}" for warning in outcome.warnings)


def _omitted(count: int) -> Iterator[str]:
    if count:
        yield f"and {count} routes more, which one reply cannot hold"


def _operations(patch: v1.RoutePatch) -> list[tuple[str, str, str]]:
    return [
        (each.op, each.path, _json(each.value) if each.HasField("value") else "") for each in patch.operations
    ]


def _json(value: Value) -> str:
    return json.dumps(document(value), ensure_ascii=False)


def _name(route: v1.RouteReference) -> str:
    return f"{route.kind} {route.namespace}/{route.name}"


def _rule(rule: v1.RuleWeights) -> str:
    return rule.name or str(rule.index)


def _weights(rule: v1.RuleWeights) -> str:
    return " ".join(f"{each.backend.name}={each.weight}" for each in rule.backends)


def _word(name: str) -> str:
    """A value of an enum without the enum's name in front, in small letters."""
    for prefix in ("ROUTE_RESULT_", "LEFT_OUT_REASON_", "VERDICT_"):
        name = name.removeprefix(prefix)
    return name.lower().replace("_", " ")


def _yes(is_so: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "yes" if is_so else "no"


def _count(number: int, what: str) -> str:
    return "" if not number else f"{number} {what}" + ("" if number == 1 else "es")


_LINES: Final[Mapping[type[Message], Callable[..., Iterator[str]]]] = {
    v1.GetInfoResponse: _info,
    v1.DiscoverResponse: _discover,
    v1.SetWeightResponse: lambda reply: _changed(reply.outcome),
    v1.SetHeaderRouteResponse: lambda reply: _changed(reply.outcome),
    v1.SetMirrorRouteResponse: lambda reply: _changed(reply.outcome),
    v1.RemoveManagedRoutesResponse: lambda reply: _changed(reply.outcome),
    v1.PlanResponse: _planned,
    v1.VerifyWeightResponse: _verified,
    v1.WatchResponse: _watched,
}
