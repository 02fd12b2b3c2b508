"""Who uses a route, and what in it is whose: one annotation on the route, read and written as a value.

A rule is removed only when its Rollout's claim lists it, so that a user's rule which looks alike or has such a name
survives. An in-progress label stands for "at least one claim under this label", so it goes with the last of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from rollouts_router.core.backends import Backend
from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.errors import RoutingError
from rollouts_router.core.labels import Label
from rollouts_router.core.marks import FilterMark, Mark
from rollouts_router.core.routes import Route

CLAIMS_ANNOTATION: Final = "rollouts.argoproj.io/gatewayapi-claims"
MAX_ANNOTATIONS: Final = (
    256 * 1024
)  # bytes; Kubernetes: keys and values of all annotations of an object together
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Claim(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What one Rollout has on a route.

    Attributes:
        share: The canary has a weight.
        label: Key of the label that stands for the claim; empty when that is switched off.
        stable: Its stable backend.
        canary: Its canary backend.
        rule_names: The named rules it is narrowed to; empty when it is not.
        rules: Rules we made, by the managed route they belong to.
        filters: Filters we added, by the managed route they belong to.
    """

    share: bool = False
    label: str = ""
    stable: Backend | None = None
    canary: Backend | None = None
    rule_names: tuple[str, ...] = ()
    rules: dict[str, tuple[Mark, ...]] = {}
    filters: dict[str, tuple[FilterMark, ...]] = {}

    @property
    def is_held(self) -> bool:
        """Whether anything of the Rollout is left on the route."""
        return self.share or any(self.rules.values()) or any(self.filters.values())

    def rule_marks(self) -> tuple[Mark, ...]:
        """The marks of all its rules."""
        return tuple(mark for marks in self.rules.values() for mark in marks)

    def filter_marks(self) -> tuple[FilterMark, ...]:
        """The marks of all its filters."""
        return tuple(mark for marks in self.filters.values() for mark in marks)


_DECODER: Final = msgspec.json.Decoder(dict[str, Claim])


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims on a route, by Rollout (namespace/name); `complaints` tell that they could not be read."""

    held: Mapping[str, Claim]
    complaints: tuple[str, ...] = ()

    def of(self, rollout: str) -> Claim:
        """The claim of one Rollout, empty when it has none."""
        return self.held.get(rollout, Claim())

    def others(self, rollout: str) -> dict[str, Claim]:
        """The claims of all other Rollouts."""
        return {name: claim for name, claim in self.held.items() if name != rollout}


def read_claims(route: Route) -> Claims:
    """The claims on a route. An annotation that somebody damaged counts as none: nothing is removed on a guess."""
    text = (route.annotations or {}).get(CLAIMS_ANNOTATION)
    if not text:
        return Claims({})
    try:
        return Claims(_DECODER.decode(text))
    except (msgspec.DecodeError, UnicodeError, TypeError, RecursionError) as error:
        complaint = (
            f"{route.key}: the annotation {CLAIMS_ANNOTATION} cannot be read ({error}) and counts as empty. Rules and"
            " filters that it listed are not known any more; remove by hand what is left of them"
        )
        return Claims({}, (complaint,))


def write_claim(edit: RouteEdit, claims: Claims, rollout: str, claim: Claim, label: Label | None) -> None:
    """Put the claim of one Rollout in place of its former one, or take it out when nothing is held.

    The label is set for it, and dropped with the last claim that names it. Its value is that of the first.

    Raises:
        RoutingError: The annotations of the route would be more than the API server takes.
    """
    others = claims.others(rollout)
    key = label.key if label else ""
    held = {**others, rollout: msgspec.structs.replace(claim, label=key)} if claim.is_held else others
    if not held or held != claims.held:
        _write_annotation(edit, held)
    in_use = {each.label for each in held.values()}
    for unused in sorted({key, claims.of(rollout).label} - in_use - {""}):
        edit.drop_label(unused)
    is_there = key in (edit.route.labels or {}) and key in {each.label for each in others.values()}
    if label and claim.is_held and not is_there:
        edit.set_label(label)


def _write_annotation(edit: RouteEdit, held: Mapping[str, Claim]) -> None:
    if not held:
        edit.drop_annotation(CLAIMS_ANNOTATION)
        return
    text = _ENCODER.encode(held).decode()
    annotations = {**(edit.route.annotations or {}), CLAIMS_ANNOTATION: text}
    size = sum(len(str(part).encode(errors="replace")) for entry in annotations.items() for part in entry)
    if size > MAX_ANNOTATIONS:
        raise RoutingError(
            f"{edit.route.key}: with the annotation {CLAIMS_ANNOTATION} its annotations would be {size} bytes, and an"
            f" object takes at most {MAX_ANNOTATIONS}; remove other annotations, or split the route"
        )
    edit.set_annotation(CLAIMS_ANNOTATION, text)
