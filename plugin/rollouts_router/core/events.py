"""What a Rollout's users should find in its Events, as values and as the objects that the API takes. Posts nothing.

They are core/v1 Events about the Rollout, as the controller's own: those are what `kubectl describe rollout` lists.
Source: Kubernetes API reference, Event v1 core; the name may be any as long as it is unique in its namespace.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from rollouts_router.core.model import Rollout

COMPONENT: Final = "rollouts-router"
MAX_MESSAGE: Final = (
    1024  # Kubernetes: bytes of an Event's note in events.k8s.io, which shows the same objects
)
_MAX_NAME: Final = 253  # Kubernetes: a DNS subdomain
_DIGEST_LENGTH: Final = 16  # hex digits: enough to tell the sentences about one Rollout apart


class Reason(StrEnum):
    """Why somebody should look, in a word that alerts can match."""

    STEP_WITHOUT_EFFECT = "RoutingStepWithoutEffect"
    """No route takes a header or mirror step, or none of its rules does."""

    STEP_UNCHECKED = "RoutingStepUnchecked"
    """Nobody knows whether the gateways can do what a mirror step asks of them."""

    ROUTES_REMOVED = "ManagedRoutesRemoved"
    """Header and mirror routes were taken out in the middle of the steps."""

    ROUTES_LEFT = "ManagedRoutesNotRemoved"
    """Header and mirror routes could not be taken out."""

    ABORT_INCOMPLETE = "AbortIncomplete"
    """A route does not follow an abort while others do."""

    OVERWRITTEN = "WeightsOverwritten"
    """Somebody else has written the weights of a step."""

    UNVERIFIED = "WeightNotVerified"
    """Gateways have not taken a weight in time."""

    RELEASED = "RouteReleased"
    """A route left the Rollout in the middle of a canary."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened to a Rollout: the reason in one word, a sentence for people, and whether it is bad news."""

    rollout: Rollout
    reason: str
    sentence: str
    is_warning: bool = True

    def name(self) -> str:
        """The Event's name: of one sentence always the same, so that another process finds it instead of a second one."""
        subject = f"{self.rollout.uid}\n{self.reason}\n{self.sentence}".encode(errors="replace")
        digest = hashlib.sha256(subject).hexdigest()[:_DIGEST_LENGTH]
        return f"{self.rollout.name[: _MAX_NAME - _DIGEST_LENGTH - 1].rstrip('.-')}.{digest}"

    def to_event(self, now: datetime) -> Mapping[str, object]:
        """The Event when it happens for the first time."""
        about = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "namespace": self.rollout.namespace,
            "name": self.rollout.name,
        }
        # kubectl looks Events up by the uid of what it describes.
        uid = {"uid": self.rollout.uid} if self.rollout.uid else {}
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"namespace": self.rollout.namespace, "name": self.name()},
            "involvedObject": {**about, **uid},
            "type": "Warning" if self.is_warning else "Normal",
            "reason": str(self.reason),
            "message": _cut(self.sentence),
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "firstTimestamp": stamp(now),
            "lastTimestamp": stamp(now),
            "count": 1,
        }


def stamp(moment: datetime) -> str:
    """A moment as meta/v1 Time has it: RFC 3339 in UTC, whole seconds. It has to know its offset from UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cut(sentence: str) -> str:
    whole = sentence.encode(errors="replace")
    if len(whole) <= MAX_MESSAGE:
        return whole.decode()
    return whole[: MAX_MESSAGE - len("…".encode())].decode(errors="ignore") + "…"
