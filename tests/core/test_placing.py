"""Where copies of rules stand: behind whoever serves the same requests already, in front of their source alone."""

from hypothesis import given
from hypothesis import strategies as some
from tests.fakes.objects import GRPC, HTTP, Json, ref, rule
from tests.fakes.steps import Steps

from rollouts_router.core.kinds import RouteKind
from rollouts_router.core.matches import RequestMatch, TextMatch, canonical
from rollouts_router.core.mirroring import MirrorMode

BOTH = (ref("stable", 100), ref("canary", 0))
X = {"name": "x", "type": "Exact", "value": "1"}
PATHS = [("PathPrefix", "/"), ("PathPrefix", "/a"), ("PathPrefix", "/a/b"), ("Exact", "/a")]
REQUESTS = [
    {"path": {"type": kind, "value": value}, **more}
    for kind, value in PATHS
    for more in ({}, {"method": "GET"}, {"headers": [X]})
]
CALLS: list[Json] = [
    {},
    {"headers": [X]},
    {"method": {"type": "Exact", "service": "a"}},
    {"method": {"type": "Exact", "service": "a", "method": "b"}, "headers": [X]},
]
WISHES = some.builds(
    RequestMatch,
    path=some.sampled_from(
        [None, TextMatch(prefix="/"), TextMatch(prefix="/a"), TextMatch(exact="/a/b"), TextMatch(regex="/.*")]
    ),
    headers=some.sampled_from([{}, {"x": TextMatch(exact="1")}]),
)


def lists(matches: list[Json]) -> some.SearchStrategy[list[Json]]:
    """Rules of ours and of others with such matches; each can be told from the others."""
    one = some.builds(
        lambda refs, found: {"backendRefs": list(refs), "matches": found},
        some.sampled_from([BOTH, (ref("foreign"),)]),
        some.lists(some.sampled_from(matches), min_size=1, max_size=2, unique_by=repr),
    )
    # Three rules with two copies each for two managed routes are 15; a route holds 16.
    return some.lists(one, min_size=1, max_size=3).map(
        lambda made: [{**each, "id": str(number)} for number, each in enumerate(made)]
    )


KINDS = some.one_of(some.tuples(some.just(HTTP), lists(REQUESTS)), some.tuples(some.just(GRPC), lists(CALLS)))


def meanings(kind: RouteKind, one: Json) -> list[Json]:
    """The matches of a rule, such that equal ones are equal."""
    return [canonical(kind.matches, match) for match in one["matches"]]


@given(KINDS, some.lists(some.lists(WISHES, min_size=1, max_size=2), min_size=1, max_size=3))
def test_a_copy_never_stands_in_front_of_somebody_elses_rule_for_the_same_requests(
    given_: tuple[RouteKind, list[Json]], asked: list[list[RequestMatch]]
) -> None:
    kind, made = given_
    steps = Steps(*(rule(*each.pop("backendRefs"), **each) for each in made), kind=kind)
    before = steps.rules
    for number, wishes in enumerate(asked):
        steps.mirror(f"m{number % 2 + 1}", *wishes, mode=MirrorMode.RULE)

        served: list[Json] = []
        for at, one in enumerate(steps.rules):
            if "name" not in one:
                served.extend(meanings(kind, one))
                continue
            behind = [each for each in steps.rules[at + 1 :] if "name" not in each]
            for match in meanings(kind, one):
                others = [each for each in behind if match in meanings(kind, each)]
                assert match in served or not others or others[0]["id"] == one["id"], steps.rules
        assert [one for one in steps.rules if "name" not in one] == before

    assert steps.remove().rules == before
    assert not steps.claimed
