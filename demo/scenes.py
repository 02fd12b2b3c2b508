"""What is played: scenes as steps, and how many requests are counted at each. Nothing runs here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scene(StrEnum):
    """What `make demo SCENE=...` takes."""

    CANARY = "canary"
    ABORT = "abort"


STEPS: Final = (5, 25, 50, 100)
"""The weights of the canary's steps, in percent."""

MOST_ERRORS: Final = 0.01
"""The share of requests that may fail at a step; above it the stand-in aborts, as an analysis would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One route and the load that goes through it.

    Attributes:
        kind: Of the route.
        name: Of the route.
        protocol: `http` or `tcp`; also the name of the gateway's listener and of the Services' port.
        service_port: Of both Services.
        requests: How many are counted at a step.
        workers: How many connections ask at once.
        pause: Seconds between two requests of a worker.
    """

    kind: str
    name: str
    protocol: str
    service_port: int
    requests: int
    workers: int
    pause: float

    @property
    def host(self) -> str:
        """The host name that an HTTP route answers to."""
        return f"{self.name}.test"

    def __str__(self) -> str:
        """As it is shown."""
        return f"{self.kind} {self.name}"


def _http(name: str) -> Way:
    return Way(
        kind="HTTPRoute", name=name, protocol="http", service_port=80, requests=600, workers=4, pause=0.01
    )


WAYS: Final = (
    _http("shop"),
    _http("shop-api"),
    Way(
        kind="TCPRoute",
        name="shop-feed",
        protocol="tcp",
        service_port=81,
        requests=300,
        workers=4,
        pause=0.03,
    ),
)
