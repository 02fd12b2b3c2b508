"""Asks who may do what: of the controller's service account, else of whoever asks.

Source: Kubernetes, SubjectAccessReview and SelfSubjectAccessReview (authorization.k8s.io/v1), and the groups that every
service account is in ("Managing Service Accounts").
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, TypeAlias

from rollouts_router.core.untyped import mapping
from rollouts_router.doctor.facts import Maybe, Named, Refused, Rights, Unread
from rollouts_router.doctor.rights import CLUSTER_SCOPED, Right
from rollouts_router.kube.callers import Caller
from rollouts_router.kube.errors import ApiError, Forbidden
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.kube.reviews import AccessReviews, Reviewer
from rollouts_router.kube.throttle import Clock

_SELF: Final = Resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews")

Asks: TypeAlias = Callable[[Right, str], Awaitable[bool]]
"""Whether a right is there in a namespace, in the whole cluster when that is empty. Raises ApiError."""


async def read_rights(
    reviewer: Reviewer,
    clock: Clock,
    account: Named | None,
    needed: Collection[tuple[Right, str]],
) -> Maybe[Rights]:
    """Which of the needed rights are missing; of the asker himself, when he may not ask of the account, or none is known."""
    if account is None:
        return await _own(reviewer, needed, "the controller's service account is not known")
    namespace, name = account
    try:
        refused = await _refused(_of_account(reviewer, clock, namespace, name), needed)
    except Forbidden as error:
        return await _own(reviewer, needed, str(error))
    except ApiError as error:
        return Unread(str(error))
    return Rights(subject=f"{namespace}/{name}", refused=refused)


async def _own(reviewer: Reviewer, needed: Collection[tuple[Right, str]], why: str) -> Maybe[Rights]:
    try:
        refused = await _refused(_of_oneself(reviewer), needed)
    except ApiError as error:
        return Unread(str(error))
    return Rights(subject="yourself", own=why, refused=refused)


async def _refused(asks: Asks, needed: Collection[tuple[Right, str]]) -> tuple[Refused, ...]:
    """Who has a right everywhere has it in each namespace, so that is asked first."""
    places: dict[Right, list[str]] = {}
    for right, namespace in dict.fromkeys(needed):
        places.setdefault(right, []).append("" if right.resource in CLUSTER_SCOPED else namespace)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_of_right(asks, right, where)) for right, where in places.items()]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return tuple(each for task in tasks for each in task.result())


async def _of_right(asks: Asks, right: Right, namespaces: Collection[str]) -> tuple[Refused, ...]:
    if await asks(right, ""):
        return ()
    refused = [each for each in dict.fromkeys(namespaces) if not each or not await asks(right, each)]
    return tuple(Refused(right, each) for each in refused)


def _of_account(reviewer: Reviewer, clock: Clock, namespace: str, name: str) -> Asks:
    reviews = AccessReviews(reviewer, clock=clock)
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    caller = Caller(user=f"system:serviceaccount:{namespace}:{name}", groups=groups)

    async def asks(right: Right, where: str) -> bool:
        resource = Resource(right.group, "", right.resource)
        return await reviews.allowed(caller, Call(verb=Verb(right.verb), resource=resource, namespace=where))

    return asks


def _of_oneself(reviewer: Reviewer) -> Asks:
    async def asks(right: Right, where: str) -> bool:
        attributes: Mapping[str, object] = {
            "verb": right.verb,
            "group": right.group,
            "resource": right.resource,
            "namespace": where,
        }
        question = {
            "apiVersion": f"{_SELF.group}/{_SELF.version}",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = await reviewer.review(_SELF, question)
        return mapping(answer.get("status")).get("allowed") is True

    return asks
