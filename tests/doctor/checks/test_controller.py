"""The controller's Deployment: which one it is, whether it runs, and whether its plugins reach it."""

from dataclasses import replace

import pytest
from tests.doctor import world
from tests.doctor.cluster import Json

from rollouts_router.doctor.checks.controller import account_of, controller, controllers, freshness, storage
from rollouts_router.doctor.facts import Install, Unread
from rollouts_router.findings.model import Finding

SUM = "sha256:" + "0" * 64


def install(**fields: object) -> Install:
    """A good one with other fields."""
    good = Install(
        namespace=world.SYSTEM,
        config=world.config_map(),
        deployments=(world.deployment(),),
        pods=(world.pod(),),
        routes={},
        rollouts_served=True,
        definitions={},
    )
    return replace(good, **fields)


def running(image: str) -> Install:
    """One whose controller is of this image."""
    return install(deployments=(world.deployment(image),))


def codes(found: list[Finding]) -> list[str]:
    return [each.rule.code for each in found]


@pytest.mark.parametrize(
    "image",
    [
        "argo-rollouts:v1.9.2",
        "localhost:5000/mirror/argo-rollouts:v1.10.0-rc1",
        f"quay.io/argoproj/argo-rollouts:v1.7.2@{SUM}",
        "argo-rollouts:1.8.5",
    ],
)
def test_a_driven_release_is_known_whatever_its_registry(image: str) -> None:
    assert codes(list(controller(running(image)))) == []


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("argo-rollouts:v1.6.6", "it is v1.6.6"),
        ("argo-rollouts:v1.11.0", "it is v1.11.0"),
        ("argo-rollouts:latest", "does not tell its release"),
        ("argo-rollouts", "does not tell its release"),
        (f"argo-rollouts@{SUM}", "does not tell its release"),
    ],
)
def test_another_release_is_worth_knowing(image: str, says: str) -> None:
    (found,) = controller(running(image))
    assert found.rule.code == "RR112"
    assert says in found.sentence


@pytest.mark.parametrize("image", ["kubectl-argo-rollouts:v1.10.1", "argo-rollouts-dashboard:v1", ""])
def test_its_neighbours_are_not_the_controller(image: str) -> None:
    assert controllers([world.deployment(image)]) == ()


def test_without_a_service_account_its_pods_have_the_default_one() -> None:
    made = world.deployment()
    assert account_of(made) == (world.SYSTEM, "argo-rollouts")
    del made["spec"]["template"]["spec"]["serviceAccountName"]
    assert account_of(made) == (world.SYSTEM, "default")


def test_deployments_that_may_not_be_read_are_told() -> None:
    assert codes(list(controller(install(deployments=Unread("no"))))) == ["RR100"]
    assert codes(list(freshness(install(pods=Unread("no"))))) == ["RR100"]


CHANGED = "2026-11-02T00:00:00Z"


def of_config(**manager: object) -> Json:
    made = world.config_map()
    made["metadata"]["managedFields"].append({"time": CHANGED, **manager})
    return made


def test_only_a_change_of_the_list_of_plugins_makes_it_stale() -> None:
    labels = of_config(fieldsV1={"f:metadata": {}})
    other = of_config(fieldsV1={"f:data": {"f:metricProviderPlugins": {}}})
    listed = of_config(fieldsV1={"f:data": {"f:trafficRouterPlugins": {}}})
    assert [codes(list(freshness(install(config=each)))) for each in (labels, other, listed)] == [
        [],
        [],
        ["RR113"],
    ]


def test_a_container_that_was_started_again_has_read_it_again() -> None:
    stale = world.config_map(changed="2026-11-01T08:30:00Z")
    assert (
        codes(list(freshness(install(config=stale)))) == []
    )  # the pod began before that, its container after
    without = world.pod()
    del without["status"]["containerStatuses"]
    assert codes(list(freshness(install(config=stale, pods=(without,))))) == ["RR113"]
    without["metadata"]["deletionTimestamp"] = CHANGED
    assert codes(list(freshness(install(config=stale, pods=(without,))))) == []


@pytest.mark.parametrize("config", [None, Unread("no"), {"metadata": {}}])
def test_without_a_list_nothing_is_stale_or_missing_in_the_container(config: Json | Unread | None) -> None:
    assert codes([*freshness(install(config=config)), *storage(install(config=config))]) == []


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("file:///plugins/deep/r", []),
        ("file:///plugins-of-others/r", ["RR114"]),
        ("file://plugin-bin/r", []),
        ("file://./plugin-bin/r", []),
        ("file://./r", ["RR114"]),
        ("https://e.example/r", []),
    ],
)
def test_a_file_has_to_be_on_a_volume(location: str, told: list[str]) -> None:
    text = world.ENTRY.replace("file:///plugins/rollouts-router", location)
    assert codes(list(storage(install(config=world.config_map(text))))) == told
