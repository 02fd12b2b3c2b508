"""The objects of files, and which of them is meant."""

from rollouts_router.findings.model import Rule, Severity
from rollouts_router.lint.documents import documents
from rollouts_router.lint.manifests import Given, Manifest, manifests

RULE = Rule(code="RR999", severity=Severity.NOTE, title="t", remedy="r")


def read(file: str, text: str) -> list[Manifest]:
    """All objects of a text."""
    return [each for document in documents(text) for each in manifests(file, document)]


def service(file: str, name: str = "shop", namespace: str = "") -> Manifest:
    """A Service in a file."""
    place = f", namespace: {namespace}" if namespace else ""
    (found,) = read(file, f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}{place}}}}}")
    return found


def test_an_object_knows_its_kind_group_name_and_namespace() -> None:
    (found,) = read("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: y}\n")

    assert (found.kind, found.group, found.name, found.namespace) == ("Deployment", "apps", "x", "y")
    assert service("a.yaml").group == ""


def test_what_is_no_object_is_passed_over() -> None:
    assert (
        read(
            "a.yaml",
            "a: 1\n---\n- 1\n---\ntext\n---\nkind: X\n---\napiVersion: v1\n---\nkind: 1\napiVersion: v1\n",
        )
        == []
    )


def test_the_items_of_a_list_are_objects_and_lists_in_lists_are_not_followed() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n- {apiVersion: v1, kind: List, items: [1]}\n"

    first, second = read("a.yaml", text)

    assert (first.name, second.kind) == ("a", "List")
    assert first.finding(RULE, "s", "metadata").place.line == 4


def test_fields_are_read_without_trust() -> None:
    (found,) = read("a.yaml", "apiVersion: v1\nkind: X\nspec: {list: [{a: 1}], text: t}\nmetadata: t\n")

    assert found.get("spec", "list", 0, "a") == 1
    assert found.get("spec", "list", 1, "a") is None
    assert found.get("spec", "text", "a") is None
    assert (found.map("spec", "text"), found.list("spec", "text"), found.name) == ({}, [], "")


def test_skipped_codes_may_have_blanks() -> None:
    (found,) = read(
        "a.yaml",
        'apiVersion: v1\nkind: X\nmetadata: {annotations: {rollouts-router/lint-skip: " RR1, ,RR2 "}}\n',
    )

    assert found.skipped == {"RR1", "RR2"}


def test_a_name_means_the_object_of_the_same_file_then_of_the_folder_then_the_nearest() -> None:
    asking = service("apps/a/rollout.yaml")
    far, near, beside, same = (
        service(file) for file in ("other/x.yaml", "apps/b/x.yaml", "apps/a/x.yaml", "apps/a/rollout.yaml")
    )

    def meant(*given: Manifest) -> Manifest | None:
        return Given(given).named(asking, "Service", "shop")

    assert meant(far, near, beside, same) is same
    assert meant(far, near, beside) is beside
    assert meant(far, near) is near
    assert meant(far) is far
    assert Given((far,)).named(asking, "Service", "else") is None


def test_objects_of_another_namespace_are_not_meant_unless_one_is_not_written() -> None:
    asking = service("a.yaml", namespace="one")
    other, unwritten = service("a.yaml", namespace="two"), service("b.yaml")

    assert Given((other, unwritten)).named(asking, "Service", "shop") is unwritten
    assert Given((other,)).beside(asking, "Service") == []


def test_beside_are_those_of_the_nearest_place_and_near_those_of_the_folder() -> None:
    asking = service("apps/a/rollout.yaml")
    one, two, far = service("apps/a/x.yaml"), service("apps/a/y.yaml"), service("apps/b/x.yaml")

    assert Given((one, two, far)).beside(asking, "Service") == [one, two]
    assert Given((far,)).beside(asking, "Service") == [far]
    assert Given((one, far)).near(asking, "Service") == [one]
    assert Given((far,)).near(asking, "Service") == []
    assert list(Given((one,)).of("Service", "apps")) == []
