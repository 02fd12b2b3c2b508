"""The list of plugins: what is taken, and what is told of the rest."""

import pytest
import yaml
from tests.doctor import world
from tests.doctor.cluster import Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.doctor.checks.registration import entries, registered, registration, settings_of
from rollouts_router.doctor.facts import Install, Unread
from rollouts_router.settings import KedaMode

SUM = "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD"


def install(config: Json | Unread | None) -> Install:
    """An install of which only the ConfigMap counts."""
    return Install(
        namespace="argo-rollouts",
        config=config,
        deployments=(),
        pods=(),
        routes={},
        rollouts_served=True,
        definitions={},
    )


def listed(*found: object) -> Install:
    """One with this list."""
    return install(world.config_map(yaml.safe_dump(list(found))))


def ours(**fields: object) -> Install:
    """One with the plugin's entry alone."""
    return listed({"name": PLUGIN_NAME, "location": "file:///r", **fields})


def codes(of: Install) -> list[str]:
    """What is told."""
    return [each.rule.code for each in registration(of)]


@pytest.mark.parametrize("location", ["file:///r", "file://./r", "https://e.example/r", "http://e.example/r"])
def test_files_and_urls_are_taken(location: str) -> None:
    assert codes(ours(location=location, sha256=SUM)) == []


@pytest.mark.parametrize(
    "location",
    ["", "r", "/r", "file://", "file:///", "file://.", "https://", "ftp://e.example/r", "FILE:///r", 7],
)
def test_anything_else_is_no_location(location: object) -> None:
    assert codes(ours(location=location, sha256=SUM)) == ["RR105"]


@pytest.mark.parametrize("given", [SUM[:-1], f"sha256:{SUM}", SUM[:-1] + "g"])
def test_a_sum_has_64_hexadecimal_digits(given: str) -> None:
    assert codes(ours(location="https://e.example/r", sha256=given)) == ["RR107"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-nonsense"], "nonsense"),
        (["-keda=perhaps"], "perhaps"),
        (["-protocol=grpc"], "grpc"),
        (["-help"], "Usage"),
    ],
)
def test_arguments_that_would_end_the_launch_are_told(arguments: list[str], says: str) -> None:
    (found,) = registration(ours(args=arguments))
    assert found.rule.code == "RR108"
    assert says in found.sentence


@pytest.mark.parametrize(
    "name",
    [
        "argoproj-labs/gatewayapi",
        "argoproj-labs/GatewayAPI",
        "argoproj-labs/gateway-api",
        "argoproj/gatewayAPI",
    ],
)
def test_a_name_that_is_nearly_right_is_told_as_that(name: str) -> None:
    assert codes(ours(name=name)) == ["RR103"]


def test_a_like_name_beside_the_right_one_is_somebody_elses() -> None:
    assert codes(listed({"name": PLUGIN_NAME, "location": "file:///r"}, {"name": "my/gatewayapi"})) == []


@pytest.mark.parametrize("text", ["a: b", "- a\n", "7", "[", "- name: !!python/object:os.system {}\n"])
def test_what_is_no_list_of_entries_is_told(text: str) -> None:
    assert codes(install(world.config_map(text))) == ["RR104"]


def test_no_list_is_an_empty_one() -> None:
    assert codes(install({"metadata": {}})) == ["RR102"]
    assert entries({"data": {"trafficRouterPlugins": "  "}}) == ()


@pytest.mark.parametrize(
    ("of", "names", "mode"),
    [
        (install(None), None, KedaMode.OFF),
        (install(Unread("no")), None, KedaMode.OFF),
        (install(world.config_map("[")), None, KedaMode.OFF),
        (listed(), frozenset(), KedaMode.OFF),
        (ours(args=["-keda=hold"]), {PLUGIN_NAME}, KedaMode.HOLD),
        (ours(args=["-keda", "gate"]), {PLUGIN_NAME}, KedaMode.GATE),
        (ours(args=["-keda=x"]), {PLUGIN_NAME}, KedaMode.OFF),
    ],
)
def test_what_other_checks_go_by(of: Install, names: frozenset[str] | None, mode: KedaMode) -> None:
    assert registered(of) == names
    assert settings_of(of).keda is mode
