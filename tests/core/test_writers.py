"""Who wrote a route, as its managedFields tell."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.fakes.objects import Json, route, spec

from rollouts_router.core.writers import last_writer, overwritten

RULES = {"f:spec": {"f:rules": {}}}
NOBODY = "a writer that its managedFields do not name"


def entry(manager: str, fields: Json, time: str = "2026-01-01T00:00:00Z", operation: str = "Update") -> Json:
    """An entry of managedFields."""
    return {"manager": manager, "operation": operation, "time": time, "fieldsV1": fields}


def writer(*entries: Any) -> str:
    """Who wrote a route with these managedFields."""
    return last_writer(route(spec(), managedFields=list(entries)))


def test_the_manager_who_wrote_the_rules_last_is_named_with_how_and_when() -> None:
    found = writer(
        entry("kubectl", RULES, "2026-01-01T00:00:00Z"),
        entry("argocd-controller", RULES, "2026-01-02T00:00:00Z", "Apply"),
        entry("helm", RULES, "2026-01-01T12:00:00Z"),
    )

    assert found == 'field manager "argocd-controller" (Apply)'


def test_who_wrote_only_status_or_metadata_did_not_write_the_spec() -> None:
    later = "2026-12-31T00:00:00Z"
    found = writer(
        entry("kubectl", RULES),
        entry("gateway", {"f:status": {"f:parents": {}}}, later),
        entry("rollouts-router", {"f:metadata": {"f:annotations": {}}}, later),
    )

    assert found.startswith('field manager "kubectl"')


def test_who_wrote_other_parts_of_the_spec_is_named_only_when_nobody_has_the_rules() -> None:
    hostnames = entry("dns", {"f:spec": {"f:hostnames": {}}}, "2026-12-31T00:00:00Z")

    assert writer(entry("kubectl", RULES), hostnames).startswith('field manager "kubectl"')
    assert writer(hostnames).startswith('field manager "dns"')


@pytest.mark.parametrize("fields", [None, [], "x", [None, 5, {}], [{"fieldsV1": {"f:status": {}}}]])
def test_without_managed_fields_nobody_is_named(fields: object) -> None:
    assert last_writer(route(spec(), managedFields=fields)) == NOBODY


def test_an_entry_with_nothing_but_its_fields_is_named_as_far_as_it_goes() -> None:
    assert writer({"manager": "x", "fieldsV1": {"f:spec": {}}}) == 'field manager "x"'


def test_what_somebody_calls_himself_is_cut() -> None:
    assert len(writer(entry("m" * 9999, RULES))) < 200


@given(
    some.recursive(
        some.none() | some.integers() | some.text(max_size=3),
        lambda inner: (
            some.lists(inner, max_size=3)
            | some.dictionaries(
                some.sampled_from(["fieldsV1", "f:spec", "f:rules", "time", "manager", "operation"]), inner
            )
        ),
    )
)
def test_no_managed_fields_are_an_error(fields: object) -> None:
    assert last_writer(route(spec(), managedFields=fields))


def test_the_sentence_names_route_and_writer_and_says_what_happens() -> None:
    made = route(spec(), managedFields=[entry("argocd-controller", RULES)])

    assert overwritten(made) == (
        "HTTPRoute shop/web: its weights are not those that were set in this step; field manager"
        ' "argocd-controller" (Update) wrote its spec last. They are put back. A GitOps tool has'
        " to leave the weights alone (docs/gitops.md)"
    )
