"""Steps of several Rollouts in any order, with edits by others in between: nobody's part of a route gets lost.

A route is kept by an API server in memory that fills in defaults, or drops the names of rules, as real ones do.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import jsonpatch
from hypothesis import event, given
from hypothesis import strategies as st
from tests.fakes.objects import GRPC, HTTP, LABEL, Json
from tests.fakes.schema import Schema
from tests.fakes.store import Store

from rollouts_router.core.backends import service, service_backends
from rollouts_router.core.claims import CLAIMS_ANNOTATION, read_claims
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.headers import header_planner
from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.labels import Label
from rollouts_router.core.marks import Mark, marked
from rollouts_router.core.matches import RequestMatch, TextMatch
from rollouts_router.core.mirroring import MirrorMode, MirrorStep
from rollouts_router.core.mirrors import mirror_planner
from rollouts_router.core.model import Services
from rollouts_router.core.order import Order
from rollouts_router.core.plan import Planner
from rollouts_router.core.removal import removal_planner
from rollouts_router.core.routes import Route, RouteKey, rules
from rollouts_router.core.weigh import Destination, WeightOrder, weight_planner
from rollouts_router.core.weights import split

MANAGED = ("h1", "h2", "m1", "m2")


EXPERIMENTS = tuple(service("shop", name) for name in ("exp-1", "exp-2"))


def order(name: str, stable: str, canary: str, **fields: Any) -> Order:
    """A Rollout of namespace shop."""
    backends = service_backends("shop", Services(stable, canary))
    given_ = Order(rollout=f"shop/{name}", backends=backends, managed_routes=MANAGED, label=LABEL)
    return replace(given_, **fields)


ORDERS = {
    "a": order("a", "a-stable", "a-canary"),
    "b": order("b", "b-stable", "b-canary"),
    "c": order("c", "a-stable", "c-canary", label=Label("example.com/busy", "yes")),  # the stable one of a
    "n": order("n", "n-stable", "n-canary", rule_names=("only",)),
    "o": order("o", "n-stable", "n-canary", rule_names=("other",), label=None),  # the same Services
}

# --- the routes of users ----------------------------------------------------------------------------------

PAIRS = st.sampled_from(
    [
        ["a-stable", "a-canary"],
        ["b-canary", "b-stable"],
        ["a-stable", "foreign", "a-canary", "b-stable", "b-canary"],
        ["n-stable", "n-canary"],
        ["a-stable", "c-canary"],
        ["a-canary"],
        ["a-stable"],
        ["foreign"],
        ["a-canary", "a-stable", "c-canary"],
    ]
)
HEADERS = st.sampled_from(
    [
        {},
        {"headers": []},
        {"headers": [{"name": "X-Own", "value": "1"}]},
        {"headers": [{"name": "x-step", "value": "on"}, {"name": "x-own", "value": "2"}]},
        {"headers": [{"name": "X-Step", "value": "off"}]},
    ]
)
FILTERS = st.sampled_from(
    [
        {},
        {"filters": []},
        {"filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "x"}}]},
        {
            "filters": [
                {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "a-canary", "port": 80}, "percent": 5}},
                {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"remove": ["a"]}},
            ]
        },
    ]
)  # fmt: skip
ODDITIES = st.sampled_from(
    [{}, {"timeouts": {"request": "1s"}}, {"sessionPersistence": {"new": [1.5, None]}}]
)
HTTP_MATCH = st.builds(
    lambda path, headers, method: {**path, **headers, **method},
    st.sampled_from([{}, {"path": {"value": "/a"}}, {"path": {"type": "Exact", "value": "/a/b"}}]),
    HEADERS,
    st.sampled_from([{}, {"method": "GET"}]),
)
GRPC_MATCH = st.builds(
    lambda method, headers: {**method, **headers},
    st.sampled_from(
        [{}, {"method": {"service": "a"}}, {"method": {"type": "Exact", "service": "a", "method": "b"}}]
    ),
    HEADERS,
)


def rules_of(match: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Rules as users write them."""
    named = st.sampled_from([{}, {}, {"name": "only"}, {"name": "other"}, {"name": "own"}])
    matches: st.SearchStrategy[Json] = st.just({}) | st.lists(match, max_size=2).map(
        lambda found: {"matches": found}
    )
    one = st.builds(_rule, named, PAIRS, matches, FILTERS, ODDITIES)
    return st.lists(one, min_size=1, max_size=4).map(_numbered)


def _rule(name: Json, refs: list[str], *parts: Json) -> Json:
    fields = {key: copy.deepcopy(value) for part in (name, *parts) for key, value in part.items()}
    return {**fields, "backendRefs": [{"name": each, "port": 80} for each in refs]}


def _numbered(given_rules: list[Json]) -> list[Json]:
    """Each rule can be told from the others, and names are unique."""
    names = [rule.get("name") for rule in given_rules]
    return [
        {
            key: value
            for key, value in {**rule, "id": str(at)}.items()
            if key != "name" or value not in names[:at]
        }
        for at, rule in enumerate(given_rules)
    ]


# --- what happens to them ---------------------------------------------------------------------------------


@dataclass
class Shop:
    """An API server with one route, and the route as it would be if there were no Rollouts."""

    kind: RouteKind
    schema: Schema
    given_rules: list[Json]

    def __post_init__(self) -> None:
        self.store = Store(schema=self.schema)
        self.store.create("web", {"rules": self.given_rules}, kind=self.kind, labels={"app": "web"})
        self.user = self.store.look("web", kind=self.kind)

    def __repr__(self) -> str:
        return f"{self.kind.name} {self.schema} {self.given_rules}"

    def route(self) -> Route:
        """The route as it is."""
        return Route(RouteKey(self.kind, "shop", "web"), self.store.look("web", kind=self.kind))

    def carry_out(self, planner: Planner, meanwhile: "Edit | None" = None) -> None:
        """One operation as the router does it; somebody may come between reading and writing."""
        plan = planner(self.route())
        if meanwhile:
            meanwhile(self)
        try:
            self._send(plan.patch.to_json())
        except jsonpatch.JsonPatchException:
            assert meanwhile, "nobody came in between"
        if meanwhile:
            self._send(planner(self.route()).patch.to_json())
        assert not planner(self.route()).patch.to_json()

    def _send(self, operations: list[Any]) -> None:
        if operations:
            now = self.store.look("web", kind=self.kind)
            self.store.put((self.kind.plural, "shop", "web"), jsonpatch.apply_patch(now, operations))

    def edit(self, change: Callable[[Json], None]) -> None:
        """Somebody changes something: in the route, and in the one that there would be without Rollouts."""
        self.store.edit("web", change, kind=self.kind)
        after = copy.deepcopy(self.user)
        change(after)
        self.user = self.schema.admit(after, self.kind.plural)


def users_rules(route: Json) -> list[Json]:
    """The rules of users by number: of several with one number, ours are copies with one ref."""
    best: dict[str, Json] = {}
    for rule in route["spec"]["rules"]:
        held = best.get(rule["id"])
        if held is None or len(rule["backendRefs"]) > len(held["backendRefs"]):
            best[rule["id"]] = rule
    return sorted(best.values(), key=lambda rule: int(rule["id"]))


def marks(shop: Shop) -> list[Mark]:
    """Of all rules that Rollouts have made."""
    return [mark for claim in read_claims(shop.route()).held.values() for mark in claim.rule_marks()]


class Edit(Protocol):
    """What somebody does to a route who knows nothing of Rollouts."""

    def __call__(self, shop: Shop) -> None:
        """Do it."""


@dataclass(frozen=True)
class AddRule:
    """A rule that is named like one of ours, or looks like one."""

    look: Json
    at: int

    def __call__(self, shop: Shop) -> None:
        """In front of another rule of a user. A name that a mark has belongs to that, also after a removal by hand."""
        now = shop.route().object["spec"]["rules"]
        names = {rule.get("name") for rule in now} | {mark.name for mark in marks(shop)}
        if len(now) < 9 and self.look["name"] not in names:
            shop.edit(self._insert)

    def _insert(self, route: Json) -> None:
        theirs = users_rules(route)
        behind = theirs[min(self.at, len(theirs) - 1)]
        at = next(at for at, rule in enumerate(route["spec"]["rules"]) if rule is behind)
        route["spec"]["rules"].insert(at, {**copy.deepcopy(self.look), "id": str(len(theirs))})


@dataclass(frozen=True)
class ChangeRule:
    """Somebody changes a rule of a user."""

    which: int
    fields: Json

    def __call__(self, shop: Shop) -> None:
        """Copies of it keep what they have."""
        shop.edit(self._change)

    def _change(self, route: Json) -> None:
        theirs = users_rules(route)
        theirs[self.which % len(theirs)].update(copy.deepcopy(self.fields))


@dataclass(frozen=True)
class Grow:
    """Somebody labels or annotates the route, which does not raise the generation."""

    map: str

    def __call__(self, shop: Shop) -> None:
        """Also where there is no such map yet."""
        shop.edit(lambda route: route["metadata"].setdefault(self.map, {}).update(theirs="yes"))


@dataclass(frozen=True)
class ResetWeights:
    """A GitOps controller puts the weights back."""

    def __call__(self, shop: Shop) -> None:
        """To what they are when nothing is written."""
        shop.edit(self._reset)

    @staticmethod
    def _reset(route: Json) -> None:
        for rule in users_rules(route):
            for ref in rule["backendRefs"]:
                ref["weight"] = 1


@dataclass(frozen=True)
class RemoveOne:
    """Somebody takes a rule of ours out by hand."""

    def __call__(self, shop: Shop) -> None:
        """The last one."""
        found = marked(rules(shop.route()), marks(shop))
        if found:
            shop.store.edit("web", lambda route: route["spec"]["rules"].pop(found[-1].index), kind=shop.kind)


@dataclass(frozen=True)
class SetWeight:
    """A weight step; experiments that are not named are over."""

    canary: int
    experiments: Mapping[int, int]

    def __call__(self, whose: Order) -> Planner:
        """As the router plans it."""
        destinations = tuple(
            Destination(EXPERIMENTS[at], 80, share) for at, share in self.experiments.items()
        )
        taken = sum(self.experiments.values())
        over = frozenset(EXPERIMENTS) - {each.backend for each in destinations}
        return weight_planner(
            WeightOrder(
                order=whose,
                split=split(self.canary, 100, taken=taken),
                destinations=destinations,
                retired=over,
            )
        )


@dataclass(frozen=True)
class SetHeader:
    """A header step."""

    name: str
    conditions: Mapping[str, TextMatch]

    def __call__(self, whose: Order) -> Planner:
        """As the router plans it."""
        return header_planner(whose, self.name, self.conditions)


@dataclass(frozen=True)
class SetMirror:
    """A mirror step."""

    step: MirrorStep

    def __call__(self, whose: Order) -> Planner:
        """As the router plans it."""
        return mirror_planner(whose, self.step)


@dataclass(frozen=True)
class Remove:
    """The removal of one managed route, or of all."""

    names: tuple[str, ...] | None

    def __call__(self, whose: Order) -> Planner:
        """As the router plans it."""
        return removal_planner(whose, self.names)


@dataclass(frozen=True)
class Step:
    """A Rollout does something, unless it is refused; perhaps somebody comes in between."""

    whose: str
    what: SetWeight | SetHeader | SetMirror | Remove
    meanwhile: Edit | None = None

    def __call__(self, shop: Shop) -> None:
        """Nothing is written when it is refused."""
        before = shop.route().object
        try:
            shop.carry_out(self.what(ORDERS[self.whose]), self.meanwhile)
        except RoutingError as error:
            event(f"refused: {str(error).partition(':')[2][:30]}")
            assert self.meanwhile or shop.route().object == before


LOOKS: list[Json] = [
    {"name": "h1-1", "backendRefs": [{"name": "foreign", "port": 80}]},
    {"name": "h2-1", "backendRefs": [{"name": "a-canary", "port": 80}]},
    {"name": "m1-1", "backendRefs": [{"name": "a-stable", "port": 80}], "filters": []},
    {"name": "mine", "backendRefs": [{"name": "b-canary", "port": 80}]},
]
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(AddRule, st.sampled_from(LOOKS), st.integers(0, 3)),
    st.builds(
        ChangeRule, st.integers(0, 3), st.sampled_from([{"timeouts": {"request": "9s"}}, {"new": [1]}])
    ),
    st.builds(Grow, st.sampled_from(["labels", "annotations"])),
    st.builds(ResetWeights),
    st.builds(RemoveOne),
)
VALUES = st.sampled_from([{"exact": "on"}, {"exact": "1"}, {"prefix": "v1."}, {"regex": "a|b"}]).map(
    lambda fields: TextMatch(**fields)
)
PATHS = st.sampled_from([{"prefix": "/a"}, {"exact": "/a/b"}, {"regex": "/.*"}]).map(
    lambda fields: TextMatch(**fields)
)
WISHES = st.builds(
    RequestMatch,
    method=st.none() | st.sampled_from(["GET", "POST"]).map(lambda verb: TextMatch(exact=verb)),
    path=st.none() | PATHS,
    headers=st.dictionaries(st.sampled_from(["x-own", "X-Step"]), VALUES, max_size=1),
)
MIRRORS = st.builds(
    MirrorStep,
    name=st.sampled_from(["m1", "m2"]),
    matches=st.lists(WISHES, min_size=1, max_size=2).map(tuple),
    percent=st.sampled_from([None, 5, 100]),
    mode=st.sampled_from(MirrorMode),
)
STEPS = st.one_of(
    st.builds(SetWeight, st.integers(0, 100), st.dictionaries(st.integers(0, 1), st.integers(0, 60))),
    st.builds(
        SetHeader,
        st.sampled_from(["h1", "h2"]),
        st.dictionaries(st.sampled_from(["x-step", "X-Own", "x-third"]), VALUES, min_size=1, max_size=2),
    ),
    st.builds(SetMirror, MIRRORS),
    st.builds(Remove, st.sampled_from([None, *((name,) for name in MANAGED)])),
)
WHOSE = st.sampled_from(sorted(ORDERS))
DEEDS = EDITS | st.builds(Step, WHOSE, STEPS) | st.builds(Step, WHOSE, STEPS, EDITS)
SHOPS = st.one_of(
    st.builds(Shop, st.just(HTTP), st.just(Schema()), rules_of(HTTP_MATCH)),
    st.builds(Shop, st.just(HTTP), st.just(Schema(keeps_names=False)), rules_of(HTTP_MATCH)),
    st.builds(Shop, st.just(GRPC), st.just(Schema()), rules_of(GRPC_MATCH)),
)


def without_bookkeeping(route: Mapping[str, Any]) -> str:
    """All of a route but the weights of the Rollouts' backends and what every write changes."""
    after = copy.deepcopy(dict(route))
    del after["metadata"]["generation"], after["metadata"]["resourceVersion"]
    for rule in after["spec"]["rules"]:
        for ref in rule["backendRefs"]:
            if ref["name"] != "foreign":
                ref.pop("weight", None)
    return json.dumps(after, indent=1)


def end() -> Iterator[Step]:
    """What the controller asks for at the end of every Rollout."""
    for whose in ORDERS:
        yield Step(whose, Remove(None))
        yield Step(whose, SetWeight(0, {}))


@given(SHOPS, st.lists(DEEDS, max_size=12))
def test_when_every_rollout_is_over_a_route_is_what_its_users_made_it(shop: Shop, deeds: list[Edit]) -> None:
    for deed in (*deeds, *end()):
        deed(shop)

    after = shop.route().object
    assert CLAIMS_ANNOTATION not in after["metadata"].get("annotations", {})
    assert without_bookkeeping(after) == without_bookkeeping(shop.user)
