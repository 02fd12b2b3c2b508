"""On whose behalf requests are made: who calls, and how a task knows.

A server sets it once for each call it serves; every task that the call starts inherits it. Who may do what is not
decided here.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

_CALLER: Final[ContextVar["Caller | None"]] = ContextVar("caller", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user as the API server's authorizer knows users (`user.Info` of k8s.io/apiserver).

    `extra` are further facts that some authorizers want, as pairs of a key and its values.
    """

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        """The user's name."""
        return self.user


def act_for(caller: Caller) -> None:
    """From here on this task, and those it starts, make requests on behalf of `caller`."""
    _CALLER.set(caller)


def acting_for() -> Caller | None:
    """On whose behalf this task makes requests; None when nobody was named."""
    return _CALLER.get()
