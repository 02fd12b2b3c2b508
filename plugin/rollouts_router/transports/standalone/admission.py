"""What a caller shows of himself, and whoever judges it. How it is judged is not known here."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What came with a call.

    Attributes:
        authorization: The values of that header; most often one or none.
        subject: Of the client certificate that was verified, in the form of RFC 2253; empty without one.
    """

    authorization: tuple[str, ...] = ()
    subject: str = ""

    def __repr__(self) -> str:
        """Without what must not be printed."""
        return f"Shown({len(self.authorization)} authorization headers, subject={self.subject!r})"


class StrangerError(Exception):
    """Who calls is not known, and so nothing is done; the text says what is missing. It is told to the caller."""


class UndecidedError(Exception):
    """It cannot be found out at this time who calls; the text says why. It is told to the caller."""


class Door(Protocol):
    """Lets callers in."""

    async def admit(self, shown: Shown) -> None:
        """Let the running task act for the caller.

        Raises:
            StrangerError: nobody knows him.
            UndecidedError: it cannot be found out.
        """
        ...
