"""The one ScaledObject that drives a Rollout is found; in any doubt none is, and the doubt is told."""

from dataclasses import replace

from tests.fakes.keda import web
from tests.fakes.scaled import so

from rollouts_router.core.keda.config import WHOLE, KedaConfig
from rollouts_router.core.keda.finding import Finding, find
from rollouts_router.core.keda.news import Reason

NAMED = KedaConfig(scaled_object="so")
OTHER = replace(so(), name="other", target="other")


def reason(finding: Finding) -> Reason | None:
    """Why none is used."""
    return finding.trouble.reason if finding.trouble else None


def test_the_one_that_targets_the_rollout_is_found_among_all_of_the_namespace() -> None:
    finding = find(web(), WHOLE, [OTHER, so()])

    assert finding.managed == so()
    assert finding.trouble is None


def test_a_rollout_that_keda_does_not_scale_is_no_trouble() -> None:
    assert find(web(), WHOLE, [OTHER]) == Finding()


def test_several_are_a_doubt_and_all_of_them_are_known() -> None:
    twin = replace(so(), name="twin")
    finding = find(web(), WHOLE, [so(), twin])

    assert reason(finding) is Reason.AMBIGUOUS
    assert finding.managed is None
    assert finding.targeting == (so(), twin)
    assert finding.trouble is not None
    assert "ScaledObjects so and twin all target it" in finding.trouble.sentence


def test_one_that_is_being_deleted_is_not_there() -> None:
    leaving = replace(so(), is_leaving=True)

    assert find(web(), WHOLE, [leaving]) == Finding()
    assert reason(find(web(), NAMED, [leaving])) is Reason.NOT_MANAGED


def test_one_that_is_named_has_to_be_there_and_to_target_the_rollout() -> None:
    assert find(web(), NAMED, [so()]).managed == so()
    assert reason(find(web(), NAMED, [])) is Reason.NOT_MANAGED
    astray = find(web(), NAMED, [replace(so(), target="other")])
    assert reason(astray) is Reason.WRONG_TARGET
    assert astray.targeting == ()


def test_others_that_target_the_rollout_are_known_beside_the_one_that_is_named_and_come_first() -> None:
    twin = replace(so(), name="twin")
    finding = find(web(), NAMED, [so(), twin, OTHER])

    assert finding == Finding(targeting=(twin, so()), managed=so())
    gone = find(web(), NAMED, [twin])
    assert gone.targeting == (twin,)
    assert reason(gone) is Reason.NOT_MANAGED


def test_one_that_targets_the_deployment_behind_the_rollout_is_told_with_what_to_write() -> None:
    beside = replace(so(), kind="Deployment", group="apps", target="old")

    for config in (WHOLE, NAMED):
        finding = find(web(workload="old"), config, [beside])
        assert reason(finding) is Reason.NOT_THE_ROLLOUT
        assert finding.trouble is not None
        assert "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web}" in finding.trouble.sentence
