"""The doctor asks for the rights of the router's own table, verb by verb."""

from rollouts_router.core import rights
from rollouts_router.core.rights import Part
from rollouts_router.doctor.rights import CLUSTER_SCOPED, OPTIONAL, RIGHTS, Purpose, rights_for


def test_each_verb_of_what_a_canary_needs_is_a_right() -> None:
    rows = rights.of(Part.ROUTES, Part.EVENTS, Part.GRANTS, Part.MIRRORS, Part.KEDA)
    wanted = [(row.group, name, verb) for row in rows for name in row.resources for verb in row.verbs]
    assert sorted((each.group, each.resource, each.verb) for each in RIGHTS) == sorted(wanted)


def test_what_is_optional_is_a_part_of_its_own_or_the_release_of_keda() -> None:
    needed = {(row.group, name) for row in rights.of(Part.ROUTES) for name in row.resources}
    optional = {(each.group, each.resource) for each in RIGHTS if each.purpose in OPTIONAL}
    assert not optional & needed


def test_no_right_is_there_twice_and_each_purpose_has_one() -> None:
    assert len(set(RIGHTS)) == len(RIGHTS)
    assert all(rights_for(purpose) for purpose in Purpose)
    assert "gatewayclasses" in CLUSTER_SCOPED
