"""Who may come in: everybody who can connect, the owner of a token, or the owner of a certificate."""

from typing import Final

from rollouts_router.kube.callers import Caller, act_for
from rollouts_router.kube.errors import ApiError, Forbidden
from rollouts_router.kube.reviews import TokenReviews
from rollouts_router.log import Logger
from rollouts_router.transports.standalone.admission import Shown, StrangerError, UndecidedError
from rollouts_router.transports.standalone.subject import subject

AUTHENTICATED: Final = "system:authenticated"
"""The group of everybody whom the API server knows; it adds it itself to whoever logs in there."""

_SCHEME: Final = "bearer"
_HOW: Final = 'metadata "authorization: Bearer TOKEN" is needed, with a token of the cluster'


class OpenDoor:
    """Lets everybody in who could connect, with all that the server may do."""

    async def admit(self, _shown: Shown) -> None:
        """Let him in."""


class TokenDoor:
    """Lets in whose token the cluster knows."""

    def __init__(self, reviews: TokenReviews, log: Logger) -> None:
        self._reviews = reviews
        self._log = log

    async def admit(self, shown: Shown) -> None:
        """Let the running task act for the token's owner. Raises StrangerError, UndecidedError."""
        token = _bearer(shown.authorization)
        try:
            caller = await self._reviews.caller(token)
        except ApiError as error:
            self._log.warning("it cannot be found out whose token this is", error=error)
            ours = "this server may not create tokenreviews" if isinstance(error, Forbidden) else "try again"
            raise UndecidedError(f"the API server cannot be asked whose token this is; {ours}") from error
        if caller is None:
            raise StrangerError(f"the cluster does not accept this token: {_HOW} that has not expired")
        act_for(caller)


class CertificateDoor:
    """Lets in whoever has a certificate: its common name is the user, its organizations are the groups.

    That is how the API server reads certificates. (Kubernetes, "Authenticating", X509 client certificates)
    """

    async def admit(self, shown: Shown) -> None:
        """Let the running task act for the certificate's owner. Raises StrangerError."""
        try:
            found = subject(shown.subject)
        except ValueError as error:
            raise StrangerError("the subject of the client certificate cannot be read") from error
        if len(found.common_names) != 1 or not found.common_names[0]:
            raise StrangerError("the client certificate has to name its user in exactly one common name (CN)")
        groups = dict.fromkeys((*found.organizations, AUTHENTICATED))
        act_for(Caller(user=found.common_names[0], groups=tuple(groups)))


def _bearer(headers: tuple[str, ...]) -> str:
    """The one token. Raises StrangerError."""
    if len(headers) != 1:
        raise StrangerError(f"{_HOW}; there are {len(headers)} of them")
    scheme, _, token = headers[0].partition(" ")
    if (
        scheme.lower() != _SCHEME
        or not token
        or not token.isascii()
        or not token.isprintable()
        or " " in token
    ):
        raise StrangerError(f"what was sent is no bearer token: {_HOW}")
    return token
