"""One annotation holds what is whose, and the label goes with the last claim."""

import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.objects import LABEL, Json, route, spec

from rollouts_router.core.backends import Backend, service
from rollouts_router.core.claims import (
    CLAIMS_ANNOTATION,
    MAX_ANNOTATIONS,
    Claim,
    Claims,
    read_claims,
    write_claim,
)
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.marks import FilterMark, Mark
from rollouts_router.core.routes import Route

SHARE = Claim(share=True)
NAMES = st.text("ab-", min_size=1, max_size=3)
MARKS = st.lists(st.builds(Mark, NAMES, NAMES), min_size=1, max_size=2).map(tuple)
FILTER_MARKS = st.lists(st.builds(FilterMark, NAMES, NAMES, st.booleans()), min_size=1, max_size=2).map(tuple)
CLAIMS = st.builds(
    Claim,
    share=st.booleans(),
    stable=st.none() | st.builds(service, NAMES, NAMES),
    canary=st.none() | st.builds(Backend, NAMES, NAMES, NAMES, NAMES),
    rule_names=st.lists(NAMES, max_size=2).map(tuple),
    rules=st.dictionaries(NAMES, MARKS, max_size=2),
    filters=st.dictionaries(NAMES, FILTER_MARKS, max_size=2),
)


def annotated(text: object, **meta: Any) -> Route:
    """A route with this as the annotation."""
    return route(spec(), annotations={"theirs": "yes", CLAIMS_ANNOTATION: text}, **meta)


def written(before: Route, claim: Claim, label: Label | None = LABEL, rollout: str = "shop/web") -> Route:
    """The route after a Rollout has written its claim."""
    edit = RouteEdit(before)
    write_claim(edit, read_claims(before), rollout, claim, label)
    return Route(before.key, jsonpatch.apply_patch(before.object, edit.patch().to_json()))


# --- reading and writing ----------------------------------------------------------------------------------


@given(CLAIMS, CLAIMS)
def test_what_is_written_is_read_and_others_claims_stay(mine: Claim, theirs: Claim) -> None:
    before = written(route(spec()), theirs, rollout="shop/other")

    after = read_claims(written(before, mine))

    labelled = {
        "shop/web": Claim(**{**_fields(mine), "label": LABEL.key}),
        "shop/other": Claim(**{**_fields(theirs), "label": LABEL.key}),
    }
    assert after == Claims({name: claim for name, claim in labelled.items() if claim.is_held})
    assert read_claims(written(written(before, mine), Claim())) == read_claims(before)


def _fields(claim: Claim) -> Json:
    return {name: getattr(claim, name) for name in claim.__struct_fields__}


@given(CLAIMS)
def test_a_claim_that_is_there_is_not_written_again(claim: Claim) -> None:
    edit = RouteEdit(written(route(spec()), claim))

    write_claim(edit, read_claims(edit.route), "shop/web", claim, LABEL)

    assert not edit.patch()


def test_a_claim_is_held_while_there_is_anything_of_the_rollout() -> None:
    assert SHARE.is_held
    assert Claim(rules={"h": (Mark("h", "0"),)}).is_held
    assert Claim(filters={"m": (FilterMark("0", "1"),)}).is_held
    assert not Claim(
        label="x", stable=service("a", "b"), rule_names=("a",), rules={"h": ()}, filters={"m": ()}
    ).is_held


def test_a_claim_is_short_text_that_people_can_read() -> None:
    annotations = written(route(spec()), Claim(rules={"h": (Mark("h", "0"),)})).annotations or {}

    assert json.loads(annotations[CLAIMS_ANNOTATION]) == {
        "shop/web": {"label": LABEL.key, "rules": {"h": [{"name": "h", "digest": "0"}]}}
    }


def test_fields_of_later_versions_are_no_fault() -> None:
    assert read_claims(annotated('{"shop/web": {"share": true, "new": [1]}}')) == Claims({"shop/web": SHARE})


@pytest.mark.parametrize("text", ["", None])
def test_an_empty_annotation_holds_no_claims(text: object) -> None:
    assert read_claims(annotated(text)) == read_claims(route(spec())) == Claims({})


DAMAGED = [
    "{", "5", "[]", "null", '{"a": 5}', '{"a": null}', '{"a": {"share": 1}}', '{"a": {"rules": {"h": [{}]}}}',
    '{"a": {"stable": "x"}}', '{"a": {"new": ' + "[" * 100_000, "\ud800", 5, ["x"], {"x": 1}, True, "x" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_annotation_counts_as_empty_with_a_complaint_and_is_written_anew(text: object) -> None:
    before = annotated(text)

    found = read_claims(before)

    assert found.held == {}
    [complaint] = found.complaints
    assert complaint.startswith(f"HTTPRoute shop/web: the annotation {CLAIMS_ANNOTATION} cannot be read (")
    assert read_claims(written(before, SHARE)).of("shop/web").share
    assert written(before, Claim()).annotations == {"theirs": "yes"}


@given(st.text() | st.binary().map(lambda raw: raw.decode(errors="replace")))
def test_no_text_whatsoever_makes_reading_fail(text: str) -> None:
    found = read_claims(annotated(text))

    assert not (found.held and found.complaints)


# --- the limit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beside", ["x", "\N{EURO SIGN}"])
def test_annotations_that_the_api_server_would_not_take_are_refused_with_their_size(beside: str) -> None:
    full = written(route(spec(), annotations={"theirs": ""}), SHARE)
    room = MAX_ANNOTATIONS - sum(len(part) for entry in (full.annotations or {}).items() for part in entry)
    count, rest = divmod(room, len(beside.encode()))
    fitting = route(spec(), annotations={"theirs": beside * count + "-" * rest})
    too_much = route(spec(), annotations={"theirs": beside * count + "-" * (rest + 1)})

    assert read_claims(written(fitting, SHARE)).held
    with pytest.raises(RoutingError) as error:
        written(too_much, SHARE)
    assert f"its annotations would be {MAX_ANNOTATIONS + 1} bytes, and an object takes at most 262144" in str(
        error.value
    )


def test_a_claim_that_becomes_less_is_written_whatever_the_size() -> None:
    before = annotated(json.dumps({"shop/web": {"share": True}}))
    (before.annotations or {})["theirs"] = "x" * MAX_ANNOTATIONS  # type: ignore[index]  # by hand

    assert CLAIMS_ANNOTATION not in (written(before, Claim()).annotations or {})


# --- the label --------------------------------------------------------------------------------------------

BUSY = Label("example.com/busy", "yes")


def labels(a_route: Route) -> Json:
    """The labels, none when there are none."""
    return dict(a_route.labels or {})


def test_the_label_is_set_with_the_first_claim_and_dropped_with_the_last() -> None:
    one = written(route(spec(), labels={"a": "b"}), SHARE)
    two = written(one, SHARE, rollout="shop/other")

    assert labels(one) == labels(two) == labels(written(two, Claim())) == {"a": "b", LABEL.key: LABEL.value}
    assert labels(written(written(two, Claim()), Claim(), rollout="shop/other")) == {"a": "b"}


def test_each_key_has_its_own_users() -> None:
    both = written(written(route(spec()), SHARE), SHARE, BUSY, "shop/other")

    assert labels(both) == {LABEL.key: LABEL.value, BUSY.key: BUSY.value}
    assert labels(written(both, Claim())) == {BUSY.key: BUSY.value}
    assert labels(written(both, Claim(), BUSY, "shop/other")) == {LABEL.key: LABEL.value}


def test_a_key_that_is_changed_in_mid_canary_does_not_stay() -> None:
    assert labels(written(written(route(spec()), SHARE), SHARE, BUSY)) == {BUSY.key: BUSY.value}
    assert labels(written(written(route(spec()), SHARE), SHARE, None)) == {}


def test_a_value_that_is_changed_is_set_unless_others_have_theirs() -> None:
    changed = Label(LABEL.key, "other")
    one = written(route(spec()), SHARE)

    assert labels(written(one, SHARE, changed)) == {LABEL.key: "other"}
    assert labels(written(one, SHARE, changed, "shop/other")) == {LABEL.key: LABEL.value}


def test_a_label_that_somebody_removed_is_set_again_by_whoever_has_a_claim() -> None:
    both = written(written(route(spec()), SHARE), SHARE, rollout="shop/other")
    del both.object["metadata"]["labels"][LABEL.key]

    assert labels(written(both, SHARE)) == {LABEL.key: LABEL.value}
    assert labels(written(both, Claim())) == {}


def test_without_a_label_a_claim_leaves_labels_alone() -> None:
    before = route(spec(), labels={LABEL.key: "theirs"})

    assert (
        labels(written(before, SHARE, None))
        == labels(written(before, Claim(), None))
        == {LABEL.key: "theirs"}
    )


def test_a_label_that_nobody_claims_goes() -> None:
    assert labels(written(route(spec(), labels={LABEL.key: "left"}), Claim())) == {}
