"""A role's text says what the table of rights says."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from manifests.roles import Role, document

from rollouts_router.core import rights
from rollouts_router.core.rights import Part

PLACELESS = [Part.MIRRORS, Part.SERVE]


@pytest.mark.parametrize("part", Part)
def test_a_cluster_role_has_exactly_the_rules_of_the_table_and_is_bound_to_the_controllers_account(
    part: Part,
) -> None:
    role, binding = _read(Role(part=part, about=("For a test.",)))
    assert role["rules"] == [
        {"apiGroups": [right.group], "resources": [*right.resources], "verbs": [*right.verbs]}
        for right in rights.of(part)
    ]
    assert (role["kind"], binding["kind"]) == ("ClusterRole", "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"] == binding["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "argo-rollouts", "namespace": "argo-rollouts"}
    ]


@pytest.mark.parametrize("part", [part for part in Part if part not in PLACELESS])
def test_in_one_namespace_it_is_a_role_with_the_same_rules(part: Part) -> None:
    everywhere, _ = _read(Role(part=part, about=()))
    role, binding = _read(Role(part=part, about=(), everywhere=False))
    assert role["rules"] == everywhere["rules"]
    assert (role["kind"], binding["kind"], binding["roleRef"]["kind"]) == ("Role", "RoleBinding", "Role")


@pytest.mark.parametrize("part", [part for part in Part if part in PLACELESS])
def test_what_has_no_namespace_is_given_by_no_role(part: Part) -> None:
    with pytest.raises(ValueError, match="have no namespace: a Role cannot give them"):
        document(Role(part=part, about=(), everywhere=False))


def test_a_role_that_others_bind_has_no_binding() -> None:
    assert len(_read(Role(part=Part.SERVE, about=(), bound=False))) == 1


def test_the_head_of_the_file_says_what_it_is_for_in_comments() -> None:
    head, _, _ = document(Role(part=Part.ROUTES, about=("For a test.", "Twice."))).partition("apiVersion")
    assert head.endswith("#\n# For a test.\n#\n# Twice.\n")


def _read(role: Role) -> list[Any]:
    return [*yaml.safe_load_all(document(role))]
