"""All checks in their order, and what comes of them. What is looked at is `facts`, how it is told `report`."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

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
    written,
)
from rollouts_router.doctor.facts import Install, Maybe, Rights, Routing, Subject, Unread
from rollouts_router.findings.model import Finding

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Checked:
    """One check: what it looks for, in words, and what it found; None when it could not begin to look."""

    title: str
    findings: tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class Group:
    """Checks of one thing."""

    name: str
    checks: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class _Check(Generic[_T]):
    """`can` tells whether there is what it looks at; what is missing then, another check has told."""

    title: str
    run: Callable[[_T], Iterable[Finding]]
    can: Callable[[_T], bool] = lambda _: True

    def of(self, subject: _T) -> Checked:
        return Checked(self.title, tuple(self.run(subject)) if self.can(subject) else None)


def _is_registered(install: Install) -> bool:
    return isinstance(install.config, dict) and bool(controller.found_in(install))


def _is_routed(subject: Subject) -> bool:
    return isinstance(subject.routing, Routing)


def _knows_neighbours(subject: Subject) -> bool:
    return _is_routed(subject) and not isinstance(subject.neighbours, Unread)


def _knows_scaled(subject: Subject) -> bool:
    return _is_routed(subject) and not isinstance(subject.autoscalers.scaled, Unread)


_INSTALL: Final[Sequence[_Check[Install]]] = (
    _Check("Argo Rollouts and the Gateway API are served", served.served),
    _Check("the Gateway API's CRDs keep what the router writes", served.definitions),
    _Check("the plugin is registered", registration.registration),
    _Check("the controller runs, in a release that was tried", controller.controller),
    _Check(
        "the controller has read its plugins since they were changed", controller.freshness, _is_registered
    ),
    _Check("the plugin's file gets into the controller", controller.storage, _is_registered),
)
_SUBJECT: Final[Sequence[_Check[Subject]]] = (
    _Check("it exists and uses the plugin", rollouts.existence),
    _Check("its configuration can be used", rollouts.configuration),
    _Check("the controller takes it", rollouts.status),
    _Check("its block and steps are written as they have to be", written.written),
    _Check("it has replicas", rollouts.replicas, _is_routed),
    _Check("its Services are there and lead to its pods", backends.services),
    _Check("no other Rollout uses its Services", backends.sharing),
    _Check("it has routes", routes.found, _is_routed),
    _Check("no route to it is left out", routes.left_out, _is_routed),
    _Check("its routes can be written, and may refer to its Services", routes.writable, _is_routed),
    _Check("gateways take its routes", routes.parents, _is_routed),
    _Check("its routes carry what the controller asked for", weights.weights, _is_routed),
    _Check("its routes are marked by who uses them", weights.marks, _is_routed),
    _Check("no other Rollout sets its weights", weights.rivals, _knows_neighbours),
    _Check("its header and mirror steps have an effect", rollouts.steps, _is_routed),
    _Check("its gateways have mirrors where steps need them", analysis.mirrors, _is_routed),
    _Check("its analysis templates exist", analysis.templates),
    _Check("one autoscaler drives it at most", scaling.autoscalers, _is_routed),
    _Check("KEDA leaves its canaries pods", scaling.keda, _knows_scaled),
    _Check("GitOps tools leave its weights alone", gitops.gitops, _is_routed),
)


def judge(
    install: Install, answer: Maybe[Rights], subjects: Iterable[Subject], unlisted: Iterable[Finding] = ()
) -> tuple[Group, ...]:
    """Every check of everything; `unlisted` is what was found while Rollouts were looked for."""
    about_rights = Checked(f"{_whose(answer)} the rights that are needed", tuple(rights.rights(answer)))
    of_install = (*(each.of(install) for each in _INSTALL), about_rights)
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
    every = (finding for group in groups for check in group.checks for finding in check.findings or ())
    return tuple(dict.fromkeys(every))


def _of_subject(subject: Subject) -> tuple[Checked, ...]:
    """What does not exist cannot be looked at any further."""
    if isinstance(subject.manifest, dict) and rollouts.uses_plugin(subject.manifest):
        return tuple(each.of(subject) for each in _SUBJECT)
    return (_SUBJECT[0].of(subject),)


def _without(check: Checked, codes: Collection[str]) -> Checked:
    if check.findings is None:
        return check
    return Checked(check.title, tuple(each for each in check.findings if each.rule.code not in codes))


def _whose(answer: Maybe[Rights]) -> str:
    if isinstance(answer, Unread):
        return "the controller has"
    return "you have" if answer.own else f"ServiceAccount {answer.subject} has"
