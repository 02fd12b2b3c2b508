"""The table of rights and the code name the same resources; which verbs are used is held in e2e/examples."""

from __future__ import annotations

import ast
from itertools import chain
from pathlib import Path

import rollouts_router
from rollouts_router.core import rights
from rollouts_router.core.features import GATEWAY_CLASSES, GATEWAYS
from rollouts_router.core.grants import GRANT_PLURAL
from rollouts_router.core.kinds import GROUP, KINDS
from rollouts_router.core.rights import RIGHTS, Part
from rollouts_router.kube.resources import Verb

SOURCE = Path(rollouts_router.__file__).parent


def test_every_resource_that_the_code_names_has_a_row_and_every_row_is_named_in_the_code() -> None:
    named = set(chain.from_iterable(map(_literal_resources, SOURCE.rglob("*.py"))))
    others = (GRANT_PLURAL, GATEWAYS, GATEWAY_CLASSES)
    named |= {(GROUP, plural) for plural in (*(kind.plural for kind in KINDS), *others)}
    assert named == {(right.group, resource) for right in RIGHTS for resource in right.resources}


def test_no_verb_is_given_that_the_client_cannot_send() -> None:
    assert {verb for right in RIGHTS for verb in right.verbs} == {str(verb) for verb in Verb}


def test_nothing_is_given_twice_but_what_the_controller_has_anyway() -> None:
    rows = [
        (right.group, resource, verb)
        for right in rights.of(*set(Part) - {Part.CONTROLLER})
        for resource in right.resources
        for verb in right.verbs
    ]
    assert len(rows) == len(set(rows))


def test_each_part_has_a_right() -> None:
    assert all(rights.of(part) for part in Part)


def _literal_resources(path: Path) -> list[tuple[str, str]]:
    """Of each `Resource("group", "version", "plural")`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    ours = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Resource")
    values = ([each.value for each in call.args if isinstance(each, ast.Constant)] for call in ours)
    return [(str(found[0]), str(found[2])) for found in values if len(found) == 3]
