"""From texts to findings."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.findings.model import Severity
from rollouts_router.lint.documents import UnreadableError, documents
from rollouts_router.lint.linting import Text, lint

CASES = sorted((Path(__file__).parent / "cases").glob("*/bad.yaml"))


def told(*texts: str) -> list[tuple[str, int | None]]:
    """Code and line of every finding in these files."""
    found = lint(Text(f"file{at}.yaml", text) for at, text in enumerate(texts))
    return [(each.rule.code, each.place.line) for each in found]


def codes(*texts: str) -> list[str]:
    """The codes of every finding in these files."""
    return [code for code, _ in told(*texts)]


BAD_STEPS = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: shop
  annotations: {%s}
spec:
  strategy:
    canary:
      steps:
        - setWeight: 500
        - setweight: 5
"""


def test_an_object_may_ask_for_silence_by_rule() -> None:
    assert codes(BAD_STEPS % "") == ["RR704", "RR711"]
    assert codes(BAD_STEPS % 'rollouts-router/lint-skip: "RR704"') == ["RR711"]
    assert codes(BAD_STEPS % 'rollouts-router/lint-skip: "RR704,RR711"') == []


def test_the_silence_of_one_object_is_not_that_of_another() -> None:
    other = BAD_STEPS.replace("name: shop", "name: other")

    found = told((BAD_STEPS % 'rollouts-router/lint-skip: "RR704,RR711"') + "---\n" + (other % ""))

    assert found == [("RR704", 22), ("RR711", 23)]


def test_a_skipped_rule_is_not_told_of_anything() -> None:
    found = lint([Text("a.yaml", BAD_STEPS % ""), Text("b.yaml", "a: [")], {"RR704", "RR601"})

    assert [each.rule.code for each in found] == ["RR711"]


def test_findings_come_in_the_order_of_files_and_lines() -> None:
    found = lint([Text("z.yaml", BAD_STEPS % ""), Text("a.yaml", "ok: 1\n---\na: [")])

    assert [(each.place.file, each.place.line) for each in found] == [
        ("z.yaml", 10),
        ("z.yaml", 11),
        ("a.yaml", 3),
    ]


def test_a_finding_names_the_object_with_its_namespace() -> None:
    (found, _) = lint(
        [Text("a.yaml", (BAD_STEPS % "").replace("name: shop", "name: shop\n  namespace: prod"))]
    )

    assert str(found.place) == "Rollout prod/shop"


def test_a_template_of_helm_is_told_to_be_rendered_and_a_placeholder_to_be_quoted() -> None:
    assert codes('a:\n  {{- include "x" . | nindent 2 }}\n') == ["RR602"]
    assert codes("a: {{ .Values.a }}\n") == ["RR602"]
    assert codes("a: {{args.limit}}\n") == ["RR601"]


def test_repeated_fields_are_told_of_objects_only() -> None:
    assert codes("a: 1\na: 2\n") == []
    assert codes("apiVersion: v1\nkind: X\nkind: Y\n") == ["RR604"]


def test_what_stands_before_a_broken_document_is_judged() -> None:
    assert codes((BAD_STEPS % "") + "---\na: [") == ["RR704", "RR711", "RR601"]


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_NAMES = st.sampled_from(
    [
        "spec",
        "strategy",
        "canary",
        "blueGreen",
        "steps",
        "trafficRouting",
        "plugins",
        "managedRoutes",
        "metrics",
        "args",
        "templates",
        "provider",
        "name",
        "argoproj-labs/gatewayAPI",
        "setWeight",
        "setCanaryScale",
        "setHeaderRoute",
        "match",
        "httpRoute",
        "httpRouteSelector",
        "rules",
        "backendRefs",
        "metadata",
        "labels",
        "annotations",
        "analysis",
        "count",
        "interval",
        "successCondition",
        "weight",
        "scaleTargetRef",
    ]
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=20,
)
_KINDS = st.sampled_from(
    [
        ("argoproj.io/v1alpha1", "Rollout"),
        ("argoproj.io/v1alpha1", "AnalysisTemplate"),
        ("argoproj.io/v1alpha1", "ClusterAnalysisTemplate"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("gateway.networking.k8s.io/v1", "TCPRoute"),
        ("v1", "Service"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("policy/v1", "PodDisruptionBudget"),
    ]
)


@given(st.lists(st.tuples(_KINDS, st.dictionaries(_NAMES, _TREES, max_size=4)), max_size=4))
def test_no_object_whatever_its_fields_are_is_too_much(
    objects: list[tuple[tuple[str, str], dict[str, object]]],
) -> None:
    text = "".join(
        f"---\n{json.dumps({**fields, 'apiVersion': version, 'kind': kind})}\n"
        for (version, kind), fields in objects
    )

    for finding in lint([Text("a.yaml", text)]):
        assert finding.sentence
        assert finding.place.line


def _paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in inner for path in _paths(each, (*at, key)))]


@given(st.sampled_from(CASES), st.data())
def test_no_case_with_a_field_replaced_by_anything_is_too_much(case: Path, data: st.DataObject) -> None:
    """Mutants of real manifests get further than what is made at random."""
    try:
        objects = [each.value for each in documents(case.read_text())]
    except UnreadableError:
        return
    target = data.draw(st.sampled_from(objects))
    path = data.draw(st.sampled_from(_paths(target)))
    holder = target
    for step in path[:-1]:
        holder = holder[step]
    if path:
        holder[path[-1]] = data.draw(_TREES)

    found = lint([Text("a.yaml", "".join(f"---\n{json.dumps(each)}\n" for each in objects))])

    assert all(each.rule.severity in Severity for each in found)
