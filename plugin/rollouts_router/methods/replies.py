"""What the router did or found, as messages of the contract. Lists are cut where a message would be too large to read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, NullValue, Struct, Value

from rollouts_router.core.backends import Backend
from rollouts_router.core.observing import Observation, Role, RuleWeights
from rollouts_router.core.parents import Parent, ParentState
from rollouts_router.core.routes import RouteKey
from rollouts_router.core.verify import Verdict
from rollouts_router.router.discovering import Discovered, Findings, LeftOut, Reason
from rollouts_router.router.watching import Change, RouteState
from rollouts_router.router.writes import Progress, SentPatch
from rollouts_router.v1 import traffic_router_pb2 as v1

MAX_LISTED: Final = 2 * 1024 * 1024
"""Bytes of the routes listed in one message: half of what gRPC clients accept unless they are told otherwise."""

MAX_SENTENCES: Final = 100
"""Warnings or problems in one message."""

_T = TypeVar("_T")
_M = TypeVar("_M", bound=Message)

VERDICTS: Final = {
    Verdict.VERIFIED: v1.VERDICT_VERIFIED,
    Verdict.NOT_VERIFIED: v1.VERDICT_NOT_VERIFIED,
    Verdict.NOT_IMPLEMENTED: v1.VERDICT_NOT_AWAITED,
}
_ROLES: Final = {
    Role.STABLE: v1.BACKEND_ROLE_STABLE,
    Role.CANARY: v1.BACKEND_ROLE_CANARY,
    Role.OTHER: v1.BACKEND_ROLE_OTHER,
}
_REASONS: Final = {
    Reason.NO_RULE: v1.LEFT_OUT_REASON_NO_RULE,
    Reason.NOT_SELECTED: v1.LEFT_OUT_REASON_NOT_SELECTED,
    Reason.MISSING: v1.LEFT_OUT_REASON_MISSING,
    Reason.REFUSED: v1.LEFT_OUT_REASON_REFUSED,
}
_PARENTS: Final = {
    ParentState.LIVE: v1.PARENT_VERDICT_LIVE,
    ParentState.SILENT: v1.PARENT_VERDICT_SILENT,
    ParentState.WAITING: v1.PARENT_VERDICT_WAITING,
    ParentState.DETACHED: v1.PARENT_VERDICT_DETACHED,
}


class _Budget:
    """How many bytes of routes still fit into a message, and how many routes did not."""

    def __init__(self) -> None:
        self._left = MAX_LISTED
        self.omitted = 0

    def take(self, entries: Iterable[_T], make: Callable[[_T], _M]) -> Iterator[_M]:
        """The messages that fit, in their order; when one does not, none of those after it does."""
        for entry in entries:
            message = make(entry) if self._left >= 0 else None
            self._left -= message.ByteSize() if message is not None else 0
            if message is not None and self._left >= 0:
                yield message
            else:
                self.omitted += 1


def outcome(progress: Progress) -> v1.Outcome:
    """What a call did, or would do."""
    patches: dict[RouteKey, list[SentPatch]] = {}
    for sent in progress.sent:
        patches.setdefault(sent.key, []).append(sent)
    budget = _Budget()
    routes = list(budget.take(_results(progress), lambda each: _route_outcome(*each, patches)))
    return v1.Outcome(
        changed=len(progress.changed),
        unchanged=len(progress.unchanged),
        released=len(progress.let_go),
        left_alone=len(progress.left_alone),
        routes=routes,
        routes_omitted=budget.omitted,
        warnings=progress.warnings[:MAX_SENTENCES],
    )


def discovered(found: Findings) -> v1.DiscoverResponse:
    """What was found of the routes of a Rollout."""
    budget = _Budget()
    return v1.DiscoverResponse(
        namespace=found.namespace,
        stable=_backend(found.backends.stable),
        canary=_backend(found.backends.canary),
        routes=list(budget.take(found.routes, _discovered)),
        left_out=list(budget.take(found.left_out, _left_out)),
        problems=found.problems[:MAX_SENTENCES],
        warnings=found.warnings[:MAX_SENTENCES],
        routes_omitted=budget.omitted,
    )


def watched(change: Change) -> v1.WatchResponse:
    """What has changed; when, is for the caller to fill in."""
    budget = _Budget()
    return v1.WatchResponse(
        routes=list(budget.take(change.routes, _route_state)),
        gone=[route_reference(key) for key in change.gone],
        verdict=VERDICTS[change.verdict],
        total=change.total,
        live=change.live,
        routes_omitted=budget.omitted,
    )


def route_reference(key: RouteKey) -> v1.RouteReference:
    """The name of a route."""
    return v1.RouteReference(kind=key.kind.name, namespace=key.namespace, name=key.name)


def _results(progress: Progress) -> Iterator[tuple[RouteKey, "v1.RouteResult.ValueType", str]]:
    yield from ((key, v1.ROUTE_RESULT_CHANGED, "") for key in progress.changed)
    yield from ((key, v1.ROUTE_RESULT_RELEASED, "") for key in progress.let_go)
    for key, sentence in zip(progress.left_alone, progress.released, strict=True):
        yield key, v1.ROUTE_RESULT_LEFT_ALONE, sentence
    yield from ((key, v1.ROUTE_RESULT_UNCHANGED, "") for key in progress.unchanged)


def _route_outcome(
    key: RouteKey,
    result: "v1.RouteResult.ValueType",
    detail: str,
    patches: Mapping[RouteKey, Sequence[SentPatch]],
) -> v1.RouteOutcome:
    return v1.RouteOutcome(
        route=route_reference(key),
        result=result,
        patches=[_patch(sent) for sent in patches.get(key, ())],
        detail=detail,
    )


def _patch(sent: SentPatch) -> v1.RoutePatch:
    return v1.RoutePatch(version=sent.version, operations=map(_operation, sent.operations))


def _operation(operation: Mapping[str, object]) -> v1.PatchOperation:
    has_value = "value" in operation
    return v1.PatchOperation(
        op=str(operation["op"]),
        path=str(operation["path"]),
        value=_value(operation["value"]) if has_value else None,
    )


def _value(value: object) -> Value:
    """JSON as protobuf has it; every number is a floating one there."""
    match value:
        case None:
            return Value(null_value=NullValue.NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case int() | float():
            return Value(number_value=value)
        case dict():
            return Value(struct_value=Struct(fields={name: _value(entry) for name, entry in value.items()}))
        case list():
            return Value(list_value=ListValue(values=map(_value, value)))
        case _:
            return Value(string_value=str(value))


def _discovered(found: Discovered) -> v1.DiscoveredRoute:
    return v1.DiscoveredRoute(
        route=route_reference(found.seen.key),
        named_by=found.entry.field,
        use_header_routes=found.entry.use_header_routes,
        rules=_rules(found.seen),
    )


def _left_out(left: LeftOut) -> v1.LeftOutRoute:
    return v1.LeftOutRoute(
        route=route_reference(left.key), reason=_REASONS[left.reason], detail=left.sentence
    )


def _route_state(state: RouteState) -> v1.RouteState:
    return v1.RouteState(
        route=route_reference(state.seen.key),
        generation=state.seen.generation,
        rules=_rules(state.seen),
        parents=[_parent(parent) for parent in state.seen.parents],
        live=state.live,
        reason=state.reason,
    )


def _rules(seen: Observation) -> list[v1.RuleWeights]:
    return [_rule(rule) for rule in seen.rules]


def _rule(rule: RuleWeights) -> v1.RuleWeights:
    backends = [
        v1.BackendWeight(backend=_backend(each.backend), role=_ROLES[each.role], weight=each.weight)
        for each in rule.backends
    ]
    return v1.RuleWeights(index=rule.index, name=rule.name, backends=backends)


def _backend(backend: Backend) -> v1.BackendReference:
    return v1.BackendReference(
        group=backend.group, kind=backend.kind, namespace=backend.namespace, name=backend.name
    )


def _parent(parent: Parent) -> v1.ParentState:
    conditions = [
        v1.ParentCondition(
            controller=each.controller,
            type=each.condition.type,
            status=each.condition.status,
            reason=each.condition.reason,
            observed_generation=each.condition.observed or 0,
        )
        for each in parent.conditions
    ]
    return v1.ParentState(
        parent=parent.name, verdict=_PARENTS[parent.state], detail=parent.sentence, conditions=conditions
    )
