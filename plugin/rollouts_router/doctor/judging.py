"""All checks in their order, and what comes of them. What is looked at is `facts`, how it is told `report`."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rollouts_router.doctor.checks import (
    analysis,
    backends,
    controller,
    gitops,
    registration,
    rights,
    rollouts,
    routes,
    scaling,
    served,
    weights,
)
from rollouts_router.doctor.facts import Install, Maybe, Rights, Subject, Unread
from rollouts_router.findings.model import Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """One check: what it looks for, in words, and what it found."""

    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Checks of one thing."""

    name: str
    checks: tuple[Checked, ...]


_INSTALL: Final[Sequence[tuple[str, Callable[[Install], Iterable[Finding]]]]] = (
    ("Argo Rollouts and the Gateway API are served", served.served),
    ("the Gateway API's CRDs keep what the router writes", served.definitions),
    ("the plugin is registered", registration.registration),
    ("the controller runs, in a release that was tried", controller.controller),
    ("the controller has read its plugins since they were changed", controller.freshness),
    ("the plugin's file gets into the controller", controller.storage),
)
_SUBJECT: Final[Sequence[tuple[str, Callable[[Subject], Iterable[Finding]]]]] = (
    ("it exists and uses the plugin", rollouts.existence),
    ("its configuration can be used", rollouts.configuration),
    ("the controller takes it", rollouts.status),
    ("it has replicas", rollouts.replicas),
    ("its Services are there and lead to its pods", backends.services),
    ("no other Rollout uses its Services", backends.sharing),
    ("it has routes", routes.found),
    ("no route to it is left out", routes.left_out),
    ("its routes can be written, and may refer to its Services", routes.writable),
    ("gateways take its routes", routes.parents),
    ("its Gateways can be looked at", routes.gateways),
    ("its routes carry what the controller asked for", weights.weights),
    ("its routes are marked by who uses them", weights.marks),
    ("no other Rollout sets its weights", weights.rivals),
    ("its header and mirror steps have an effect", rollouts.steps),
    ("its gateways have mirrors where steps need them", analysis.mirrors),
    ("its analysis templates exist", analysis.templates),
    ("one autoscaler drives it at most", scaling.autoscalers),
    ("KEDA leaves its canaries pods", scaling.keda),
    ("GitOps tools leave its weights alone", gitops.gitops),
)


def judge(
    install: Install, answer: Maybe[Rights], subjects: Iterable[Subject], unlisted: Iterable[Finding] = ()
) -> tuple[Group, ...]:
    """Every check of everything; `unlisted` is what was found while Rollouts were looked for."""
    about_rights = Checked(f"{_whose(answer)} the rights that are needed", tuple(rights.rights(answer)))
    of_install = (*(Checked(title, tuple(check(install))) for title, check in _INSTALL), about_rights)
    lists = Checked("Rollouts can be looked for", tuple(unlisted))
    return (
        Group("install", (*of_install, lists)),
        *(Group(str(each), _of_subject(each)) for each in subjects),
    )


def without(groups: Iterable[Group], codes: Collection[str]) -> tuple[Group, ...]:
    """The same without findings of these codes."""
    return tuple(Group(group.name, tuple(_without(each, codes) for each in group.checks)) for group in groups)


def findings_of(groups: Iterable[Group]) -> tuple[Finding, ...]:
    """All findings in the order of the checks, each once: what concerns several Rollouts is told by each of them."""
    every = (finding for group in groups for check in group.checks for finding in check.findings)
    return tuple(dict.fromkeys(every))


def _of_subject(subject: Subject) -> tuple[Checked, ...]:
    """What does not exist cannot be looked at any further."""
    first = tuple(rollouts.existence(subject))
    if not isinstance(subject.manifest, dict) or not rollouts.uses_plugin(subject.manifest):
        return (Checked(_SUBJECT[0][0], first),)
    return tuple(Checked(title, tuple(check(subject))) for title, check in _SUBJECT)


def _without(check: Checked, codes: Collection[str]) -> Checked:
    return Checked(check.title, tuple(each for each in check.findings if each.rule.code not in codes))


def _whose(answer: Maybe[Rights]) -> str:
    if isinstance(answer, Unread):
        return "the controller has"
    return "you have" if answer.own else f"ServiceAccount {answer.subject} has"
