"""Severities and places."""

from rollouts_router.findings.model import Place, Severity


def test_a_severity_reaches_itself_and_what_is_milder() -> None:
    reached = {bar: [each for each in Severity if each.reaches(bar)] for bar in Severity}

    assert reached == {
        Severity.ERROR: [Severity.ERROR],
        Severity.WARNING: [Severity.ERROR, Severity.WARNING],
        Severity.NOTE: list(Severity),
    }


def test_a_place_is_told_by_what_is_known_of_it() -> None:
    assert (
        str(Place(kind="Rollout", namespace="shop", name="web", file="a.yaml", line=3)) == "Rollout shop/web"
    )
    assert str(Place(kind="ClusterRole", name="reader")) == "ClusterRole reader"
    assert not str(Place(file="a.yaml"))
