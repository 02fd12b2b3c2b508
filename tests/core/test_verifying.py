"""The block `verify`: what it may say, and what is said about what it may not."""

from typing import Any

import pytest
from tests.fakes.objects import rollout

from rollouts_router.core.config import parse_config
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.verifying import (
    MAX_SETTLE_SECONDS,
    MAX_TIMEOUT_SECONDS,
    OnTimeout,
    ParentsMode,
    VerifyConfig,
    VerifyMode,
)

FIELD = 'Rollout shop/web: spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"].verify'


def parse(verify: object) -> VerifyConfig:
    """The block in a Rollout's configuration."""
    return parse_config(rollout({"httpRoute": "web", "verify": verify})).verify


def hints(verify: object) -> tuple[str, ...]:
    """What is said about its keys."""
    return parse_config(rollout({"httpRoute": "web", "verify": verify})).hints


def refused(verify: object) -> str:
    """The text of its refusal."""
    with pytest.raises(RoutingError) as error:
        parse(verify)
    return str(error.value)


@pytest.mark.parametrize("block", [None, {}, {"mode": None, "settleSeconds": None}])
def test_what_is_not_said_has_its_default(block: object) -> None:
    assert parse(block) == VerifyConfig(
        mode=VerifyMode.STATUS,
        parents=ParentsMode.ALL,
        settle_seconds=3,
        timeout_seconds=60,
        on_timeout=OnTimeout.PROCEED,
    )


def test_a_block_that_is_not_there_means_the_defaults() -> None:
    assert parse_config(rollout({"httpRoute": "web"})).verify == VerifyConfig()


def test_everything_can_be_said_and_keys_match_without_regard_to_case() -> None:
    block = {
        "MODE": "spec",
        "parents": "any",
        "settleseconds": 0,
        "TimeoutSeconds": MAX_TIMEOUT_SECONDS,
        "onTimeOut": "block",
    }

    assert parse(block) == VerifyConfig(
        mode=VerifyMode.SPEC,
        parents=ParentsMode.ANY,
        settle_seconds=0,
        timeout_seconds=MAX_TIMEOUT_SECONDS,
        on_timeout=OnTimeout.BLOCK,
    )
    assert hints(block) == ()


@pytest.mark.parametrize("off", ["off", False])
def test_off_is_off_even_when_yaml_took_it_for_false(off: object) -> None:
    assert parse({"mode": off}).mode is VerifyMode.OFF


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"mode": "Status"}, '.mode: expected status or spec or off, got "Status"'),
        ({"mode": ""}, '.mode: expected status or spec or off, got ""'),
        ({"mode": True}, ".mode: expected status or spec or off, got true"),
        ({"parents": "some"}, '.parents: expected all or any, got "some"'),
        ({"onTimeout": ""}, '.onTimeout: expected proceed or block, got ""'),
    ],
)
def test_a_wrong_word_is_refused_with_those_that_are_right(block: dict[str, Any], text: str) -> None:
    assert refused(block) == FIELD + text


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("settleSeconds", -1, ">= 0"),
        ("settleSeconds", MAX_SETTLE_SECONDS + 1, f"<= {MAX_SETTLE_SECONDS}"),
        ("timeoutSeconds", 0, ">= 1"),
        ("timeoutSeconds", MAX_TIMEOUT_SECONDS + 1, f"<= {MAX_TIMEOUT_SECONDS}"),
        ("timeoutSeconds", "60", "got `str`"),
        ("settleSeconds", 2.5, "got `float`"),
        ("settleSeconds", True, "got `bool`"),
        ("parents", 1, "got `int`"),
    ],
)
def test_a_number_out_of_range_or_of_another_type_is_refused_by_name(
    key: str, value: object, expected: str
) -> None:
    text = refused({key: value})

    assert text.startswith(f"{FIELD}.{key}: expected ")
    assert text.endswith(expected)


@pytest.mark.parametrize("block", ["off", 3, [], True])
def test_a_block_that_is_no_object_is_refused(block: object) -> None:
    assert refused(block).startswith(f"{FIELD}: expected `object`")


def test_an_unknown_key_in_it_is_ignored_with_a_hint() -> None:
    assert hints({"timeoutSecond": 5, "color": 1}) == (
        'unknown key "verify.color" is ignored',
        'unknown key "verify.timeoutSecond" is ignored, did you mean "verify.timeoutSeconds"?',
    )


def test_keys_of_the_block_are_unknown_outside_of_it() -> None:
    found = parse_config(rollout({"httpRoute": "web", "settleSeconds": 5})).hints

    assert found == ('unknown key "settleSeconds" is ignored',)
