"""What a route's status says of its parents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.fakes.objects import HTTP, Json
from tests.fakes.statuses import GENERATION, bad, condition, gateway, good, report, reported

from rollouts_router.core.parents import Attachment, ParentState, attachments, described_parents, parents
from rollouts_router.core.routes import Route, RouteKey

LIVE, SILENT, WAITING, DETACHED = (
    ParentState.LIVE,
    ParentState.SILENT,
    ParentState.WAITING,
    ParentState.DETACHED,
)
ACCEPTED, RESOLVED = condition("Accepted"), condition("ResolvedRefs")
GATEWAY_GROUP = "gateway.networking.k8s.io"


def states(made: Route) -> list[ParentState]:
    """The states of all parents, in order."""
    return [parent.state for parent in parents(made)]


def one(*conditions: Json, parent: Json | None = None) -> tuple[ParentState, str]:
    """The state of the only parent, on which there is one report, and the sentence about it."""
    ref = parent or gateway()
    (found,) = parents(reported(report(ref, *conditions), refs=[ref]))
    return found.state, found.sentence


# --- one report -------------------------------------------------------------------------------------------


def test_a_described_parent_has_its_name_and_every_condition_reported_of_it() -> None:
    made = reported(
        report(gateway(), ACCEPTED, RESOLVED),
        report(gateway(), condition("Programmed", "False"), controller="other"),
    )

    [parent] = described_parents(made)

    assert parent.name == "Gateway shop/public"
    assert (parent.state, parent.sentence) == (WAITING, parents(made)[0].sentence)
    assert [(each.controller, each.condition.type, each.condition.status) for each in parent.conditions] == [
        ("example.com/gateway", "Accepted", "True"),
        ("example.com/gateway", "ResolvedRefs", "True"),
        ("other", "Programmed", "False"),
    ]


@pytest.mark.parametrize(
    ("conditions", "state"),
    [
        ([ACCEPTED, RESOLVED], LIVE),
        ([condition("Accepted", observed=GENERATION + 1), RESOLVED], LIVE),
        ([ACCEPTED], WAITING),
        ([RESOLVED], WAITING),
        ([condition("Accepted", "False"), RESOLVED], WAITING),
        ([condition("Accepted", "Unknown"), RESOLVED], WAITING),
        ([condition("Accepted", ""), RESOLVED], WAITING),
        ([condition("Accepted", "true"), RESOLVED], WAITING),
        ([ACCEPTED, condition("ResolvedRefs", "False", reason="BackendNotFound")], WAITING),
        ([condition("Accepted", observed=GENERATION - 1), RESOLVED], WAITING),
        ([ACCEPTED, condition("ResolvedRefs", observed=GENERATION - 1)], WAITING),
        ([ACCEPTED, RESOLVED, condition("PartiallyInvalid")], WAITING),
        ([ACCEPTED, RESOLVED, condition("PartiallyInvalid", observed=GENERATION - 1)], WAITING),
        ([ACCEPTED, RESOLVED, condition("PartiallyInvalid", "False")], LIVE),
        ([ACCEPTED, RESOLVED, condition("PartiallyInvalid", "Unknown")], LIVE),
        ([ACCEPTED, RESOLVED, condition("ResolvedWaypoints", "False")], LIVE),
        ([condition(each, observed=None) for each in ("Accepted", "ResolvedRefs")], SILENT),
        ([condition(each, observed=0) for each in ("Accepted", "ResolvedRefs")], SILENT),
        ([condition(each, observed=-1) for each in ("Accepted", "ResolvedRefs")], SILENT),
        ([ACCEPTED, condition("ResolvedRefs", observed=None)], LIVE),
        ([condition("Accepted", "False", None), condition("ResolvedRefs", observed=None)], WAITING),
    ],
)
def test_one_report_says_it_all(conditions: list[Json], state: ParentState) -> None:
    assert one(*conditions)[0] is state


@pytest.mark.parametrize("extra", ["Programmed", "Reconciled", "Ready", "ValidBackendRefs"])
def test_a_further_condition_counts_where_it_exists(extra: str) -> None:
    assert one(ACCEPTED, RESOLVED, condition(extra))[0] is LIVE
    assert one(ACCEPTED, RESOLVED, condition(extra, "False"))[0] is WAITING
    assert one(ACCEPTED, RESOLVED, condition(extra, "Unknown"))[0] is WAITING
    assert one(ACCEPTED, RESOLVED, condition(extra, observed=GENERATION - 1))[0] is WAITING


@pytest.mark.parametrize(
    "reason", ["NoMatchingParent", "NotAllowedByListeners", "NoMatchingListenerHostname"]
)
def test_a_parent_that_never_took_the_route_is_detached_once_it_has_looked_at_this_generation(
    reason: str,
) -> None:
    now = condition("Accepted", "False", GENERATION, reason)
    before = condition("Accepted", "False", GENERATION - 1, reason)
    nobody_knows = condition("Accepted", "False", None, reason)

    assert one(now, RESOLVED)[0] is DETACHED
    assert one(now)[0] is DETACHED
    assert one(before, RESOLVED)[0] is WAITING
    assert one(nobody_knows)[0] is DETACHED
    assert one(condition("Accepted", "True", GENERATION, reason), RESOLVED)[0] is LIVE
    assert one(condition("Accepted", "Unknown", GENERATION, reason), RESOLVED)[0] is WAITING


@pytest.mark.parametrize(
    ("parent", "state"),
    [
        ({"name": "x"}, WAITING),
        ({"name": "x", "group": "", "kind": "Service"}, WAITING),
        ({"name": "x", "kind": "ListenerSet"}, LIVE),
        ({"name": "x", "group": "example.com", "kind": "Gateway"}, LIVE),
    ],
)
def test_parents_beyond_gateways_and_services_may_leave_out_resolved_refs(
    parent: Json, state: ParentState
) -> None:
    assert one(ACCEPTED, parent=parent)[0] is state


@pytest.mark.parametrize("generation", [None, "5", True])
def test_a_route_without_a_generation_cannot_be_told_about(generation: object) -> None:
    assert states(reported(good(), generation=generation)) == [SILENT]
    assert states(reported(bad(), generation=generation)) == [WAITING]


# --- who is meant -----------------------------------------------------------------------------------------


def test_a_reference_is_the_same_with_its_defaults_written_out() -> None:
    spelled = {"group": GATEWAY_GROUP, "kind": "Gateway", "namespace": "shop", "name": "public"}

    assert states(reported(good(parent=spelled))) == [LIVE]
    assert states(reported(good(), refs=[spelled])) == [LIVE]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "private"},
        {"name": "public", "namespace": "infra"},
        {"name": "public", "kind": "ListenerSet"},
        {"name": "public", "group": ""},
    ],
)
def test_a_report_on_something_else_is_a_left_over(other: Json) -> None:
    assert states(reported(good(parent=other))) == [SILENT]
    assert states(reported(bad(parent=other))) == [SILENT]


def test_sections_and_ports_of_one_gateway_are_parents_of_their_own() -> None:
    refs = [gateway(sectionName="http"), gateway(sectionName="https"), gateway(port=8080), gateway()]
    made = reported(
        good(parent=refs[0]),
        bad(parent=refs[1]),
        good(parent=refs[2], observed=GENERATION - 1),
        good(parent=refs[3]),
        refs=refs,
    )

    assert states(made) == [LIVE, WAITING, WAITING, LIVE]


def test_a_report_on_a_section_counts_for_a_reference_to_the_whole_gateway_and_the_other_way_round() -> None:
    section = gateway(sectionName="https")

    assert states(reported(bad(parent=section))) == [WAITING]
    assert states(reported(good(parent=section), bad(parent=gateway(sectionName="http")))) == [WAITING]
    assert states(reported(good(), refs=[section])) == [LIVE]


def test_a_report_on_a_section_that_is_named_itself_says_nothing_about_the_whole_gateway() -> None:
    refs = [gateway(sectionName="https"), gateway()]

    assert states(reported(bad(parent=refs[0]), refs=refs)) == [WAITING, SILENT]


def test_a_left_over_on_a_section_that_was_given_up_does_not_count_beside_a_report_that_fits() -> None:
    now, before = gateway(sectionName="new"), gateway(sectionName="old")

    assert states(reported(bad(parent=before), good(parent=now), refs=[now])) == [LIVE]


def test_a_reference_written_twice_is_one_parent() -> None:
    assert states(reported(good(), refs=[gateway(), gateway(namespace="shop")])) == [LIVE]


def test_a_reference_without_a_report_is_silent() -> None:
    made = reported(good(), refs=[gateway(), gateway("private")])

    assert states(made) == [LIVE, SILENT]
    assert [parent.sentence for parent in parents(made)] == ["", "Gateway shop/private: no status"]


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([good(), good()], LIVE),
        ([good(), bad()], WAITING),
        ([bad(), good()], WAITING),
        ([good(), good(observed=None)], SILENT),
        ([good(observed=None), bad()], WAITING),
        ([good(), bad(reason="NoMatchingParent")], LIVE),
        ([bad(reason="NoMatchingParent"), bad()], WAITING),
        ([bad(reason="NoMatchingParent"), bad(reason="NotAllowedByListeners")], DETACHED),
    ],
)
def test_of_several_controllers_the_worst_that_took_the_route_counts(
    reports: list[Json], state: ParentState
) -> None:
    assert states(reported(*reports)) == [state]


# --- what is said -----------------------------------------------------------------------------------------


def test_the_sentence_names_parent_controller_condition_and_both_generations() -> None:
    parent = gateway(namespace="infra", sectionName="https", port=443)

    assert one(condition("Accepted", "False", 4, "Pending"), RESOLVED, parent=parent)[1] == (
        "Gateway infra/public, section https, port 443 (example.com/gateway):"
        " Accepted is False (Pending) for generation 4, the route is at generation 5"
    )


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ([RESOLVED], "no condition Accepted,"),
        ([ACCEPTED], "no condition ResolvedRefs,"),
        ([ACCEPTED, RESOLVED, condition("PartiallyInvalid", reason="")], "PartiallyInvalid is True for generation 5,"),
        ([condition("Accepted", "", None, "")], "Accepted is empty for no generation,"),
        ([condition("Accepted", "False", None), condition("ResolvedRefs", "False")], "Accepted is False (Because)"),
        ([condition(each, observed=None) for each in ("Accepted", "ResolvedRefs")], "no observedGeneration"),
    ],
)  # fmt: skip
def test_the_most_telling_flaw_is_named(conditions: list[Json], said: str) -> None:
    assert f"(example.com/gateway): {said}" in one(*conditions)[1]


def test_nothing_is_said_of_a_parent_that_is_live() -> None:
    assert one(ACCEPTED, RESOLVED)[1] == ""


def test_endless_names_are_cut() -> None:
    endless = "x" * 9999
    parent = gateway(endless, sectionName=endless, namespace=endless)
    said = [condition("Accepted", endless, reason=endless)]
    (found,) = parents(reported(report(parent, *said, controller=endless), refs=[parent]))

    assert len(found.sentence) < 2000


# --- whatever a status holds ------------------------------------------------------------------------------

NAMES = some.sampled_from(
    [
        "parents",
        "parentRef",
        "parentRefs",
        "controllerName",
        "conditions",
        "type",
        "status",
        "reason",
        "observedGeneration",
        "group",
        "kind",
        "namespace",
        "name",
        "sectionName",
        "port",
    ]
)
WORDS = some.sampled_from(["Accepted", "ResolvedRefs", "True", "False", "public", "Gateway", ""]) | some.text(
    max_size=3
)
LEAVES = some.none() | some.booleans() | some.integers() | some.floats() | WORDS
JSON = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(status=JSON, spec=JSON, metadata=JSON)
def test_no_status_is_an_error(status: Any, spec: Any, metadata: Any) -> None:
    made = Route(RouteKey(HTTP, "shop", "web"), {"status": status, "spec": spec, "metadata": metadata})

    assert all(parent.state in ParentState for parent in parents(made))


@given(parts=some.lists(JSON, max_size=4), refs=some.lists(JSON, max_size=3))
def test_no_report_is_an_error(parts: list[Any], refs: list[Any]) -> None:
    odd = [{"parentRef": gateway(), "conditions": part} for part in parts]

    made = reported(*odd, *parts, refs=[gateway(), *refs])

    assert len(parents(made)) >= 1
    assert [(each.state, each.sentence) for each in described_parents(made)] == [
        (each.state, each.sentence) for each in parents(made)
    ]


# --- what a route is attached to --------------------------------------------------------------------------


def test_each_object_is_named_once_with_all_that_report_on_it() -> None:
    refs = [gateway(sectionName="a"), gateway(sectionName="b"), gateway("web", group="", kind="Service")]
    made = reported(
        report(refs[0]), report(refs[1], controller="other"), report(refs[2]), report(refs[0]), refs=refs
    )

    both, web = attachments(made)

    assert both == Attachment(GATEWAY_GROUP, "Gateway", "shop", "public", ("example.com/gateway", "other"))
    assert (str(both), both.is_gateway) == ("Gateway shop/public", True)
    assert (str(web), web.is_gateway) == ("Service shop/web", False)


@pytest.mark.parametrize("reports", [[], [report(gateway("other"))]])
def test_before_anybody_reports_a_route_is_attached_to_what_it_names(reports: list[Json]) -> None:
    [found] = attachments(reported(*reports))

    assert (found.name, found.controllers) == ("public", ())


def test_what_never_took_the_route_is_left_out() -> None:
    refs = [gateway(), gateway("private")]
    detached = bad(reason="NotAllowedByListeners", parent=refs[1])

    assert [each.name for each in attachments(reported(good(), detached, refs=refs))] == ["public"]
