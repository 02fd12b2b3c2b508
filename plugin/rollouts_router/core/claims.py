"""Who uses a route, and what in it is whose: one annotation on the route, read and written as a value.

A rule is removed only when its Rollout's claim lists it, so that a user's rule which looks alike or has such a name
survives. The in-progress label stands for "at least one claim", so it goes with the last of them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from rollouts_router.core.edit import RouteEdit
from rollouts_router.core.labels import Label
from rollouts_router.core.routes import KubeObject, Route, Rule

CLAIMS_ANNOTATION: Final = "rollouts.argoproj.io/gatewayapi-claims"
_DIGEST_LENGTH: Final = 16  # hex digits: enough to tell the rules of one route apart
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a rule of ours is recognised: by its name; or by its digest where the API server drops names.

    `rules[].name` is in the standard channel since Gateway API 1.4; older CRDs prune it silently.
    """

    name: str
    digest: str


class Claim(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What one Rollout has on a route.

    Attributes:
        share: The canary has a weight.
        stable: Name of its stable backend.
        canary: Name of its canary backend.
        rule_names: The named rules it is narrowed to; empty when it is not.
        rules: Rules we made, by the managed route they belong to.
        filters: Filters we added, as digests, by the managed route they belong to.
    """

    share: bool = False
    stable: str = ""
    canary: str = ""
    rule_names: tuple[str, ...] = ()
    rules: dict[str, tuple[Mark, ...]] = {}
    filters: dict[str, tuple[str, ...]] = {}

    @property
    def is_held(self) -> bool:
        """Whether anything of the Rollout is left on the route."""
        return self.share or any(self.rules.values()) or any(self.filters.values())


_DECODER: Final = msgspec.json.Decoder(dict[str, Claim])


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims on a route, by Rollout (namespace/name). `broken` tells that the annotation could not be read."""

    held: Mapping[str, Claim]
    broken: bool = False

    def of(self, rollout: str) -> Claim:
        """The claim of one Rollout, empty when it has none."""
        return self.held.get(rollout, Claim())

    def with_claim(self, rollout: str, claim: Claim) -> "Claims":
        """These claims with that of one Rollout put in place of its former one."""
        others = {name: held for name, held in self.held.items() if name != rollout}
        return replace(self, held={**others, rollout: claim} if claim.is_held else others)


def read_claims(route: Route) -> Claims:
    """The claims on a route. An annotation that somebody damaged counts as none: nothing is removed on a guess."""
    text = (route.annotations or {}).get(CLAIMS_ANNOTATION, "")
    if not text:
        return Claims({})
    try:
        return Claims(_DECODER.decode(text))
    except (msgspec.DecodeError, UnicodeError, TypeError):
        return Claims({}, broken=True)


def write_claims(edit: RouteEdit, claims: Claims, label: Label | None) -> None:
    """Bring the annotation, and the label that stands for it, to `claims`."""
    if claims.held:
        edit.set_annotation(CLAIMS_ANNOTATION, _ENCODER.encode(claims.held).decode())
    else:
        edit.drop_annotation(CLAIMS_ANNOTATION)
    if label is not None and claims.held:
        edit.set_label(label)
    elif label is not None:
        edit.drop_label(label.key)


def digest(entry: KubeObject) -> str:
    """A fingerprint of a rule or filter that survives what the API server fills in: names and ref weights."""
    plain = {key: value for key, value in entry.items() if key != "name"}
    refs = plain.get("backendRefs")
    if isinstance(refs, list):
        plain["backendRefs"] = [_without_weight(ref) for ref in refs]
    return hashlib.sha256(_ENCODER.encode(plain)).hexdigest()[:_DIGEST_LENGTH]


def is_marked(rule: Rule, marks: tuple[Mark, ...]) -> bool:
    """Whether a rule is one of these."""
    if rule.name:
        return any(mark.name == rule.name for mark in marks)
    return bool(marks) and digest(rule.object) in {mark.digest for mark in marks}


def _without_weight(ref: object) -> object:
    if not isinstance(ref, Mapping):
        return ref
    plain: dict[str, Any] = {key: value for key, value in ref.items() if key != "weight"}
    return plain
