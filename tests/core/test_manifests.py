"""A manifest is read as the same Rollout is that the controller sends; what is wrong with one is told by its path."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.calls import argument
from tests.fakes.manifests import manifest
from tests.fakes.objects import Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.errors import FieldError
from rollouts_router.core.manifests import manifest_rollout
from rollouts_router.core.model import Rollout
from rollouts_router.methods.records import rollout_args
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASES = sorted(path.stem.removeprefix("calls-") for path in GOLDEN.glob("calls-v*.gob"))
TOP = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}


def as_json(value: Any) -> Any:
    """A Go value under the names that it has in JSON."""
    if isinstance(value, dict):
        return {_json_name(name): as_json(entry) for name, entry in value.items()}
    return [as_json(entry) for entry in value] if isinstance(value, list) else value


def _json_name(name: str) -> str:
    if name == PLUGIN_NAME:
        return name
    return "metadata" if name == "ObjectMeta" else name[0].lower() + name[1:]


def sent(value: Any) -> Any:
    """A Go value as gob sends it: zero fields and empty slices do not travel, pointers to structs do."""
    if not isinstance(value, dict):
        return [sent(entry) for entry in value] if isinstance(value, list) else value
    kept = {name: sent(entry) for name, entry in value.items() if entry not in (0, "", False, None, [])}
    if PLUGIN_NAME in kept:
        kept[PLUGIN_NAME] = json.dumps(value[PLUGIN_NAME]).encode()
    return kept


def plain(rollout: Rollout) -> Rollout:
    """It with the plugin's block in one spelling of JSON."""
    block = rollout.plugin_config
    return replace(rollout, plugin_config=None if block is None else json.dumps(json.loads(block)).encode())


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_controllers_own_code_wrote_is_the_same_rollout_either_way(release: str) -> None:
    """Go's reflection told the fields, Go's gob encoder the bytes."""
    decoder = Decoder()
    decoder.receive((GOLDEN / f"calls-{release}.gob").read_bytes())
    values: list[Any] = list(iter(decoder.next_value, NEED_DATA))
    told = [each["Argument"] for each in json.loads((GOLDEN / f"arguments-{release}.json").read_text())]
    pairs = [
        (gob, reflected["Rollout"])
        for gob, reflected in zip(values[1::2], told, strict=True)
        if reflected and "Rollout" in reflected
    ]

    assert len(pairs) > 5
    for gob, reflected in pairs:
        reflected["Spec"]["Strategy"]["Canary"].get("TrafficRouting", {}).pop("Plugins", None)
        from_gob = rollout_args(gob)
        # What is not set is one replica in a manifest; a controller never leaves it out.
        from_gob = replace(from_gob, plugin_config=None, replicas=from_gob.replicas or 1)
        assert manifest_rollout({**as_json(reflected), **TOP}) == from_gob


TEXT = st.sampled_from(["", "a", "ping", "pong", "stable"])
NUMBER = st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.builds(lambda weight: {"SetWeight": weight}, st.integers(1, 100)),
        st.just({}),  # setWeight: 0 by gob
        st.just({"Pause": {}}),
        st.builds(
            lambda kind, match: {kind: {"Name": "h", "Match": match}},
            st.sampled_from(["SetHeaderRoute", "SetMirrorRoute"]),
            st.sampled_from([[], [{"HeaderName": "x"}]]),
        ),
    ),
    max_size=4,
)
NAMED = st.lists(st.builds(lambda name: {"Name": name}, TEXT), max_size=2)
CANARY = st.fixed_dictionaries(
    {},
    optional={
        "StableService": TEXT,
        "CanaryService": TEXT,
        "PingPong": st.fixed_dictionaries({}, optional={"PingService": TEXT, "PongService": TEXT}),
        "Steps": STEPS,
        "TrafficRouting": st.fixed_dictionaries(
            {},
            optional={
                "MaxTrafficWeight": NUMBER,
                "ManagedRoutes": NAMED,
                "Plugins": st.just({PLUGIN_NAME: {"httpRoute": "a", "n": [1, None, {"b": True}]}}),
            },
        ),
    },
)
STATUS = st.fixed_dictionaries(
    {},
    optional={
        "StableRS": TEXT,
        "CurrentPodHash": TEXT,
        "CurrentStepIndex": NUMBER,
        "Abort": st.booleans(),
        "PromoteFull": st.booleans(),
        "Canary": st.fixed_dictionaries(
            {},
            optional={
                "StablePingPong": TEXT,
                "Weights": st.builds(
                    lambda names: {"Additional": [{"ServiceName": name} for name in names]},
                    st.lists(TEXT, max_size=2),
                ),
            },
        ),
    },
)


@given(canary=CANARY, status=STATUS)
def test_a_rollout_is_the_same_by_gob_and_as_a_manifest(canary: Json, status: Json) -> None:
    go = {
        "ObjectMeta": {"Name": "web", "Namespace": "shop"},
        "Spec": {"Strategy": {"Canary": canary}},
        "Status": status,
    }

    by_gob = rollout_args(argument("Args", Rollout=sent(go)))

    document = as_json(go)
    block = canary.get("TrafficRouting", {}).get("Plugins")
    if block:
        document["spec"]["strategy"]["canary"]["trafficRouting"]["plugins"] = block
    # The controller sends the replicas that the API's default is; a manifest may do without.
    assert plain(manifest_rollout({**document, **TOP})) == plain(replace(by_gob, replicas=1))


NAMES = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "spec",
        "status",
        "name",
        "namespace",
        "strategy",
        "canary",
        "trafficRouting",
        "plugins",
        "steps",
        "match",
        "pingPong",
        "managedRoutes",
        "setHeaderRoute",
        "weights",
        "additional",
        "currentStepIndex",
        "abort",
    ]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


def read(document: Json) -> Rollout | FieldError:
    """What is made of it."""
    try:
        return manifest_rollout(document)
    except FieldError as error:
        return error


@given(odd=st.dictionaries(NAMES, ODD, max_size=6), spec=ODD, status=ODD)
def test_whatever_a_manifest_holds_is_a_rollout_or_told_by_its_field(
    odd: Json, spec: Any, status: Any
) -> None:
    framed = {**odd, **TOP, "metadata": {"name": "a", "namespace": "b"}, "spec": spec, "status": status}
    deep = {**framed, "spec": {"strategy": {"canary": spec}}}
    for document in (odd, framed, deep):
        found = read(document)
        assert found.name == "a" if isinstance(found, Rollout) else found.field


def test_setting_weight_0_is_a_weight_step_and_nothing_is_one_too() -> None:
    """The second cannot be told from the first by gob, so it is not told apart here either."""
    steps = [{"setWeight": 0}, {}, {"pause": {}}, {"setWeight": None, "pause": None}]

    assert manifest_rollout(manifest(steps=steps)).weight_steps == (True, True, False, True)


def test_null_is_as_good_as_absent() -> None:
    document = manifest({"httpRoute": "a"}, pingPong=None, steps=None, status={"abort": None, "canary": None})

    found = manifest_rollout(document)

    assert (found.ping_pong, found.weight_steps, found.is_aborted) == (None, (), False)
    assert found.plugin_config == b'{"httpRoute":"a"}'


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"apiVersion": None}, "apiVersion", 'is "", expected argoproj.io/v1alpha1'),
        ({"apiVersion": "apps/v1"}, "apiVersion", 'is "apps/v1", expected'),
        ({"apiVersion": 5}, "apiVersion", "is a whole number, expected a text"),
        ({"kind": "Deployment"}, "kind", 'is "Deployment", expected Rollout'),
        ({"metadata": {"namespace": "shop"}}, "metadata.name", "is empty; it has to be set"),
        ({"metadata": {"name": "web"}}, "metadata.namespace", "is empty; it has to be set"),
        ({"metadata": [1]}, "metadata", "is a list, expected an object"),
        ({"spec": "x"}, "spec", "is a text, expected an object"),
        (
            {"spec": {"strategy": {"canary": {"steps": {}}}}},
            "spec.strategy.canary.steps",
            "an object, expected a list",
        ),
        (
            {"spec": {"strategy": {"canary": {"steps": [3]}}}},
            "spec.strategy.canary.steps[0]",
            "is a whole number",
        ),
        (
            {"spec": {"strategy": {"canary": {"trafficRouting": {"maxTrafficWeight": 1.5}}}}},
            "spec.strategy.canary.trafficRouting.maxTrafficWeight",
            "is a number, expected a whole number",
        ),
        (
            {"spec": {"strategy": {"canary": {"trafficRouting": {"managedRoutes": [{"name": True}]}}}}},
            "spec.strategy.canary.trafficRouting.managedRoutes[0].name",
            "is true or false, expected a text",
        ),
        (
            {"status": {"currentStepIndex": True}},
            "status.currentStepIndex",
            "is true or false, expected a whole",
        ),
        ({"status": {"abort": 1}}, "status.abort", "is a whole number, expected true or false"),
    ],
)
def test_what_is_no_rollout_is_told_by_its_field(change: Json, field: str, sentence: str) -> None:
    with pytest.raises(FieldError) as error:
        manifest_rollout({**manifest({"httpRoute": "a"}), **change})

    assert error.value.field == field
    assert str(error.value).startswith(f"the manifest: {field} is ")
    assert sentence in str(error.value)
