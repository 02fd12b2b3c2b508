"""The block `keda`: its defaults, its keys, and that a mistake in it is told instead of ignored."""

from typing import Any

import pytest
from tests.fakes.objects import rollout

from rollouts_router.core.config import BLOCK, parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.keda.config import WHOLE, Activation, KedaConfig, OnError, ScaleIn


def parse(keda: Any) -> KedaConfig | None:
    """The configuration of a Rollout with this block."""
    return parse_config(rollout({"httpRoute": "r", "keda": keda})).keda


def test_without_the_block_there_is_no_configuration() -> None:
    assert parse_config(rollout({"httpRoute": "r"})).keda is None
    assert parse(None) is None


def test_an_empty_block_is_the_whole_feature_with_its_defaults() -> None:
    assert parse({}) == WHOLE == KedaConfig(
        scaled_object="",
        activation=Activation.FORCE,
        scale_in=ScaleIn.ALLOW,
        min_ready_percent=100,
        max_hold_seconds=0,
        on_error=OnError.PROCEED,
    )  # fmt: skip


def test_every_key_is_read_in_any_case_of_its_letters() -> None:
    given = {
        "scaledobject": "shop-so.v1",
        "ACTIVATION": "wait",
        "scaleIn": "hold",
        "minReadyPercent": 0,
        "MaxHoldSeconds": 60,
        "onError": "wait",
    }

    assert parse(given) == KedaConfig(
        scaled_object="shop-so.v1",
        activation=Activation.WAIT,
        scale_in=ScaleIn.HOLD,
        min_ready_percent=0,
        max_hold_seconds=60,
        on_error=OnError.WAIT,
    )


def test_off_without_quotes_is_what_yaml_makes_of_it() -> None:
    config = parse({"activation": False})

    assert config is not None
    assert config.activation is Activation.OFF


@pytest.mark.parametrize(
    ("keda", "flaw"),
    [
        ({"activaton": "force"}, r".keda: object contains unknown field `activaton`"),
        ({"activation": True}, r".keda.activation: expected force or wait or off, got true"),
        ({"scaleIn": "no"}, '.keda.scaleIn: expected allow or hold, got "no"'),
        ({"onError": "stop"}, '.keda.onError: expected proceed or wait, got "stop"'),
        ({"minReadyPercent": 101}, ".keda.minReadyPercent: expected `int` <= 100"),
        ({"minReadyPercent": "100"}, ".keda.minReadyPercent: expected `int`, got `str`"),
        ({"maxHoldSeconds": -1}, ".keda.maxHoldSeconds: expected `int` >= 0"),
        ({"scaledObject": "Shop_So"}, '.keda.scaledObject: expected the name of a ScaledObject, got "Shop_So"'),
        ({"scaledObject": "a" * 254}, ".keda.scaledObject: expected the name of a ScaledObject, got"),
        ("force", ".keda: expected `object`, got `str`"),
        (False, ".keda: expected `object`, got `bool`"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_key_and_what_it_takes(keda: Any, flaw: str) -> None:
    with pytest.raises(RoutingError) as caught:
        parse(keda)

    assert str(caught.value).startswith(f"Rollout shop/web: {BLOCK}{flaw}")
