"""The table of rights is what manifests/ gives, the optional rules in comments included."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from rollouts_router.doctor.rights import CLUSTER_SCOPED, OPTIONAL, RIGHTS, Purpose, rights_for

MANIFESTS = Path(__file__).parents[2] / "manifests"
IN_COMMENT = re.compile(r"^  # ((?:- apiGroups|  resources|  verbs|    - ).*)$", re.MULTILINE)


def given(text: str) -> Iterator[tuple[str, str, str]]:
    """What the ClusterRoles of a file give: group, resource, verb."""
    for document in yaml.safe_load_all(text):
        for rule in document.get("rules") or () if document["kind"] == "ClusterRole" else ():
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    yield rule["apiGroups"][0], resource, verb


def test_the_table_is_what_the_manifests_give() -> None:
    texts = [(MANIFESTS / name).read_text() for name in ("rbac.yaml", "rbac-keda.yaml")]
    shown = {each for text in texts for each in given(IN_COMMENT.sub(r"  \1", text))}
    assert {(each.group, each.resource, each.verb) for each in RIGHTS} == shown


def test_what_is_commented_out_is_optional() -> None:
    needed = set(given((MANIFESTS / "rbac.yaml").read_text()))
    optional = {each for each in RIGHTS if each.purpose in OPTIONAL}
    assert not {(each.group, each.resource, each.verb) for each in optional} & needed


def test_no_right_is_there_twice_and_each_purpose_has_one() -> None:
    assert len(set(RIGHTS)) == len(RIGHTS)
    assert all(rights_for(purpose) for purpose in Purpose)
    assert {each.resource for each in RIGHTS} >= CLUSTER_SCOPED
