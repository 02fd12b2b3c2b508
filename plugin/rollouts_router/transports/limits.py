"""How long the server waits for what, as one value. Only numbers and their reasons live here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait, in seconds, all greater than 0."""

    connect: float = 60.0
    """For the host's connection: it gives up after as long itself (go-plugin, StartTimeout)."""

    write: float = 10.0
    """For the host to read what we send: its own patience with us is the same (yamux, write timeout)."""

    call: float = 60.0
    """For a handler. The host waits for ever, with a worker; handlers should be quicker by themselves."""

    goodbye: float = 0.5
    """For the host to close the connection after Quit; it kills a process that takes 2 s to end."""
