"""What can go wrong between us and the API server, by meaning.

The only place that knows HTTP status numbers. Sources: API conventions ("Response Status Kind") and the answers
of a v1.35 API server. Nothing here sends or retries; `retry_after` and `renews` only say what would help.
"""

# ruff: noqa: N818 - the classes are named by what happened; ApiError, their base, says that they are errors

from typing import ClassVar, Final, NoReturn

import msgspec

from rollouts_router.kube.resources import Call

MAX_QUOTED: Final = 256
"""Characters of a body that is not a Status that an error text repeats."""

MAX_MESSAGE: Final = 4096
"""Characters of a Status message; schema rejections list every cause and can be long."""

DEFAULT_RETRY_AFTER: Final = 1.0
"""Seconds to wait after a 429 that does not say how long, as client-go does."""

MAX_RETRY_AFTER: Final = 10.0
"""Longest wait in seconds we grant: the caller's caller waits as well."""


class CredentialsError(Exception):
    """Credentials could not be loaded; the text says from where and why. The client turns it into NoCredentials."""


class ApiError(Exception):
    """A request that failed. The server's own message comes first in the text, unchanged.

    `status` is the HTTP status, 0 when there was no answer. `retry_after` is the seconds after which the server
    wants to be asked again, None when it did not say. `renews` tells that fresh credentials may help.
    """

    renews: ClassVar[bool] = False

    def __init__(
        self, call: Call, message: str, *, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.call = call
        self.verb = call.verb
        self.resource = call.resource
        self.namespace = call.namespace
        self.name = call.name
        self.message = message
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        """The message, then which request it was, then what to do where we know."""
        answer = f": HTTP {self.status}" if self.status else ""
        return f"{self.message} ({self.call}{answer}){self.advice()}"

    def advice(self) -> str:
        """What the reader can do about it, starting with "; ", or nothing."""
        return ""


class NotFound(ApiError):
    """The object does not exist."""


class NotServed(ApiError):
    """The server does not know the resource, in this version at least."""

    def advice(self) -> str:
        """Name what is missing."""
        return f"; is the CustomResourceDefinition installed and {self.resource.version or 'any version'} served?"


class Conflict(ApiError):
    """Someone else changed the object meanwhile."""


class TestFailed(ApiError):
    """A `test` of a JSON Patch did not hold, or a path of it is gone: the object is not what was read before."""

    __test__: ClassVar[bool] = False  # pytest would take the class for a collection of tests


class Invalid(ApiError):
    """The server refuses the object or the request as such; repeating it will not help."""


class Unauthorized(ApiError):
    """The server does not know who we are; the credentials are wrong or have expired."""

    renews = True

    def advice(self) -> str:
        """Where to look."""
        return "; check the token or client certificate of the kubeconfig user or service account"


class Forbidden(ApiError):
    """We may not do this."""

    def advice(self) -> str:
        """The rule that is missing, ready to be copied."""
        resource = self.resource
        if not resource.plural:
            return '; bind ClusterRole "system:discovery" to this account'
        rule = (
            f'{{apiGroups: ["{resource.group}"], resources: ["{resource.plural}"], verbs: ["{self.verb}"]}}'
        )
        place = (
            f'a Role in namespace "{self.namespace}" or a ClusterRole' if self.namespace else "a ClusterRole"
        )
        return f"; add the rule {rule} to {place} bound to this account"


class TooManyRequests(ApiError):
    """The server is shedding load; `retry_after` is always set."""


class Expired(ApiError):
    """The position in a list or watch is too old; start again."""


class Unavailable(ApiError):
    """No usable answer: not reachable, too slow, an error inside the server, or not an API server at all."""


class Untrusted(Unavailable):
    """The server's certificate was not accepted; the request was not sent."""

    renews = True

    def advice(self) -> str:
        """Where to look."""
        return "; check the certificate authority of the kubeconfig cluster or service account"


class NoCredentials(ApiError):
    """Nothing to log in with was found, or it could not be read."""


class _Details(msgspec.Struct, frozen=True):
    name: str = ""
    kind: str = ""
    causes: list[object] | None = None
    retry_after: int = msgspec.field(default=0, name="retryAfterSeconds")


class _Status(msgspec.Struct, frozen=True):
    kind: str
    reason: str = ""
    message: str = ""
    details: _Details | None = None


_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    409: Conflict,
    410: Expired,
    429: TooManyRequests,
}

_EMPTY: Final = _Details()
_NO_STATUS: Final = _Status(kind="")


def check(call: Call, status: int, *, retry_after: str, body: bytes) -> None:
    """Return for a success; raise the ApiError that the answer means otherwise.

    `retry_after` is the Retry-After header, empty when there was none.
    """
    if not 200 <= status < 300:
        _fail(call, status, retry_after, body)


def _fail(call: Call, status: int, retry_after: str, body: bytes) -> NoReturn:
    answer = _status(body)
    details = answer.details or _EMPTY
    kind = _meaning(status, answer, details)
    raise kind(
        call,
        cut(answer.message, MAX_MESSAGE) or _message(status, body),
        status=status,
        retry_after=_delay(status, retry_after or str(details.retry_after or "")),
    )


def cut(text: str, limit: int = MAX_QUOTED) -> str:
    """The text, or its first `limit` characters and an ellipsis."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def _status(body: bytes) -> _Status:
    try:
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _NO_STATUS
    return status if status.kind == "Status" else _NO_STATUS


def _meaning(status: int, answer: _Status, details: _Details) -> type[ApiError]:
    if status == 404:
        # Only an object that is missing has a name; an unknown resource is plain text or a bare Status.
        return NotFound if details.name else NotServed
    if status == 422:
        bare = not (details.name or details.kind or details.causes)
        return TestFailed if bare and answer.reason == "Invalid" else Invalid
    return Unavailable if status >= 500 else _BY_STATUS.get(status, ApiError)


def _message(status: int, body: bytes) -> str:
    text = cut(body[: 4 * MAX_QUOTED].decode(errors="replace").strip())
    return text or f"the server answered with status {status} and no text"


def _delay(status: int, retry_after: str) -> float | None:
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after[:9]), MAX_RETRY_AFTER)
    # The header may also be a date (RFC 9110, 10.2.3); API servers never send one.
    return DEFAULT_RETRY_AFTER if status == 429 or retry_after else None
