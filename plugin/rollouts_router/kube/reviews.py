"""Asks the API server who somebody is and what he may do. It fails closed: no clear yes is a no.

Tokens are neither logged nor kept; what was answered for one is remembered under a keyed digest of it.
Source: Kubernetes API reference, TokenReview (authentication.k8s.io/v1) and SubjectAccessReview
(authorization.k8s.io/v1).
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

import msgspec

from rollouts_router.kube.callers import Caller
from rollouts_router.kube.decisions import Decisions
from rollouts_router.kube.errors import Unavailable
from rollouts_router.kube.objects import KubeObject
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.kube.throttle import Clock

DECISION_SECONDS: Final = 10.0
"""How long an answer holds: a right or token that is withdrawn counts for at most so long."""

MOST_DECISIONS: Final = 4096
"""Answers remembered, of each sort; some hundred bytes each."""

TOKEN_REVIEWS: Final = Resource("authentication.k8s.io", "v1", "tokenreviews")
ACCESS_REVIEWS: Final = Resource("authorization.k8s.io", "v1", "subjectaccessreviews")

_KEY_BYTES: Final = 32
_A = TypeVar("_A")


class Reviewer(Protocol):
    """Whoever can ask the API server; the client does."""

    async def review(self, resource: Resource, question: Mapping[str, object]) -> KubeObject:
        """Have a review answered. Raises ApiError."""
        ...


class _User(msgspec.Struct, frozen=True):
    username: str = ""
    uid: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class _TokenStatus(msgspec.Struct, frozen=True):
    authenticated: bool = False
    user: _User = _User()
    audiences: list[str] | None = None


class _AccessStatus(msgspec.Struct, frozen=True):
    allowed: bool = False
    denied: bool = False


class _TokenAnswer(msgspec.Struct, frozen=True):
    status: _TokenStatus


class _AccessAnswer(msgspec.Struct, frozen=True):
    status: _AccessStatus


class TokenReviews:
    """Tells whose a bearer token is. `audience` is whom it has to be issued for, empty for the API server itself."""

    def __init__(self, reviewer: Reviewer, *, audience: str, clock: Clock) -> None:
        self._reviewer = reviewer
        self._audience = audience
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._known: Decisions[bytes, Caller | None] = Decisions(
            seconds=DECISION_SECONDS, most=MOST_DECISIONS, clock=clock
        )

    async def caller(self, token: str) -> Caller | None:
        """Whose token it is, None when the cluster does not accept it. Raises ApiError."""
        digest = hashlib.blake2b(token.encode(), key=self._key, digest_size=_KEY_BYTES).digest()
        return await self._known.get(digest, lambda: self._ask(token))

    async def _ask(self, token: str) -> Caller | None:
        audiences = {"audiences": [self._audience]} if self._audience else {}
        question = _question(TOKEN_REVIEWS, "TokenReview", {"token": token, **audiences})
        answer = await self._reviewer.review(TOKEN_REVIEWS, question)
        status = _read(TOKEN_REVIEWS, answer, _TokenAnswer).status
        # An authenticator that knows no audiences would accept any token; it then does not repeat ours.
        meant = not self._audience or self._audience in (status.audiences or ())
        if not status.authenticated or not meant or not status.user.username:
            return None
        return _caller(status.user)


class AccessReviews:
    """Tells whether somebody may make a request."""

    def __init__(self, reviewer: Reviewer, *, clock: Clock) -> None:
        self._reviewer = reviewer
        self._known: Decisions[tuple[Caller, Call], bool] = Decisions(
            seconds=DECISION_SECONDS, most=MOST_DECISIONS, clock=clock
        )

    async def allowed(self, caller: Caller, call: Call) -> bool:
        """Whether the cluster lets `caller` make exactly this request. Raises ApiError."""
        return await self._known.get((caller, call), lambda: self._ask(caller, call))

    async def _ask(self, caller: Caller, call: Call) -> bool:
        spec = {
            "user": caller.user,
            "uid": caller.uid,
            "groups": caller.groups,
            "extra": dict(caller.extra),
            "resourceAttributes": {
                "verb": call.verb.value,
                "group": call.resource.group,
                "version": call.resource.version,
                "resource": call.resource.plural,
                "namespace": call.namespace,
                "name": call.name,
            },
        }
        question = _question(ACCESS_REVIEWS, "SubjectAccessReview", spec)
        answer = await self._reviewer.review(ACCESS_REVIEWS, question)
        status = _read(ACCESS_REVIEWS, answer, _AccessAnswer).status
        return status.allowed and not status.denied


def _question(resource: Resource, kind: str, spec: Mapping[str, object]) -> Mapping[str, object]:
    return {"apiVersion": f"{resource.group}/{resource.version}", "kind": kind, "spec": spec}


def _caller(user: _User) -> Caller:
    extra = tuple((key, tuple(values)) for key, values in sorted((user.extra or {}).items()))
    return Caller(user=user.username, uid=user.uid, groups=tuple(user.groups or ()), extra=extra)


def _read(resource: Resource, answer: KubeObject, shape: type[_A]) -> _A:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        call = Call(verb=Verb.CREATE, resource=resource)
        raise Unavailable(call, f"the answer is no review: {error}") from error
