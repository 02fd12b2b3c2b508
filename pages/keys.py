"""The tables of the plugin's keys and flags. Names, values and defaults are read from the code; sentences stand here."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from pages.tables import PageError, table
from rollouts_router import settings
from rollouts_router.core import config, verifying
from rollouts_router.core.keda import config as keda
from rollouts_router.core.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY: Final = {
    "namespace": ("string", "where the routes are; the Rollout's namespace unless set"),
    "disableInProgressLabel": ("bool", "true: the label is neither set nor removed"),
    "inProgressLabelKey": ("string", "`rollouts.argoproj.io/gatewayapi-canary` unless set"),
    "inProgressLabelValue": ("string", "`in-progress` unless set"),
    "ruleName": ("string or list", "only rules of these names count"),
    "mirrorMode": ("`filter` or `rule`", "where a mirror step's filter goes; `filter` unless set"),
    "mirrorFractions": (
        "map of `{numerator, denominator}` by managed route",
        "how many requests the mirror step of that name copies, in finer steps than percent, see below",
    ),
    "stableBackendRef": (
        "`{group, kind, name, namespace}`",
        "a stable backend that is no Service of the Rollout",
    ),
    "canaryBackendRef": (
        "`{group, kind, name, namespace}`",
        "a canary backend that is no Service of the Rollout",
    ),
    "verify": ("object", "how it is verified that a weight is live, see below"),
    "keda": (
        "object",
        (
            "what is done about the ScaledObject that drives the Rollout; its keys are in"
            " [keda.md](keda.md#switch-it-on). Unknown keys in it are an error"
        ),
    ),
}
_OF_A_KIND: Final = (
    ("", "string", "one route; takes header routes"),
    (
        "s",
        "list of `{name, useHeaderRoutes, ruleName}`",
        "several routes; `useHeaderRoutes` is false unless set",
    ),
    (
        "Selector",
        "LabelSelector, with `useHeaderRoutes`",
        "every route of the namespace that matches; an empty selector matches all of them",
    ),
)
_Told: TypeAlias = "Mapping[str, tuple[type[Enum] | str, str]]"

_VERIFY: Final[_Told] = {
    "mode": (
        verifying.VerifyMode,
        (
            "`status`: the refs carry the weights and the gateways have taken them; `spec`: the refs carry them;"
            " `off`: nothing is verified"
        ),
    ),
    "parents": (verifying.ParentsMode, "how many parents of a route have to be good"),
    "settleSeconds": (
        f"0..{verifying.MAX_SETTLE_SECONDS}",
        (
            "how long a good status has to be there until a route counts as live; without any status, its generation;"
            " more than 3 may cost another round of 10 s"
        ),
    ),
    "timeoutSeconds": (f"1..{verifying.MAX_TIMEOUT_SECONDS}", "how long gateways may take"),
    "onTimeout": (verifying.OnTimeout, "whether the Rollout then goes on with a warning, or is held"),
}
_KEDA: Final[_Told] = {
    "scaledObject": (
        "a name",
        "which ScaledObject of the Rollout's namespace; the one that targets it unless set",
    ),
    "activation": (
        keda.Activation,
        (
            "`force`: kept from zero, and woken if it is there; `wait`: nothing is written, a step waits until KEDA wakes"
            " it; `off`: nothing is done about zero"
        ),
    ),
    "scaleIn": (
        keda.ScaleIn,
        (
            "`hold`: no scaling in while the canary lasts (KEDA 2.18.2 or later); Argo CD shows the ScaledObject as"
            " Suspended meanwhile"
        ),
    ),
    "minReadyPercent": (
        "0..100",
        "which part of its pods the canary must have available before a weight counts; 0: not asked",
    ),
    "maxHoldSeconds": (
        f"0..{keda.MAX_HOLD_SECONDS}",
        "after how long everything is put back although the canary goes on; 0: never",
    ),
    "onError": (keda.OnError, "what a step does when KEDA's objects cannot be read or patched"),
}
_PAGES_OF_FLAGS: Final = {
    "allowed-namespaces": "; see below",
    "keda": "; see [keda.md](keda.md)",
    "metrics-listen": "; see [observability.md](observability.md#where-the-numbers-come-from)",
    "protocol": "; see [grpc.md](grpc.md#as-a-go-plugin)",
}


def keys() -> str:
    """The keys of the plugin's block.

    Raises:
        PageError: the code knows other keys than these tables.
    """
    of_kinds = [
        (", ".join(f"`{kind.field}{suffix}`" for kind in KINDS), takes, meaning)
        for suffix, takes, meaning in _OF_A_KIND
    ]
    told = {*_KEY, *(f"{kind.field}{suffix}" for kind in KINDS for suffix, _, _ in _OF_A_KIND)}
    _require("the plugin's block", set(config.KEYS), told)
    rows = [(f"`{name}`", takes, meaning) for name, (takes, meaning) in _KEY.items()]
    return table(("key", "type", "meaning"), [*of_kinds, *rows])


def verify_keys() -> str:
    """The keys of the block `verify`. Raises PageError as `keys` does."""
    return _nested("verify", verifying.VERIFY_KEYS, _defaults(verifying.VerifyConfig()), _VERIFY)


def keda_keys() -> str:
    """The keys of the block `keda`. Raises PageError as `keys` does."""
    return _nested("keda", keda.KEDA_KEYS, _defaults(keda.WHOLE), _KEDA)


def flags() -> str:
    """The plugin's flags."""
    rows = [
        (f"`-{flag.name}`", flag.default, flag.meaning + _PAGES_OF_FLAGS.get(flag.name, ""))
        for flag in settings.FLAGS
    ]
    return table(("flag", "default", "meaning"), rows)


def _nested(
    block: str,
    known: tuple[str, ...],
    defaults: Mapping[str, str],
    told: _Told,
) -> str:
    _require(block, set(known), set(told))
    rows = [
        (f"`{name}`", values if isinstance(values, str) else _values(values), defaults[name], meaning)
        for name, (values, meaning) in told.items()
    ]
    return table((f"key of `{block}`", "values", "default", "meaning"), rows)


def _defaults(config: verifying.VerifyConfig | keda.KedaConfig) -> dict[str, str]:
    """By key, as it is written in YAML."""
    return {_camel(field.name): _written(getattr(config, field.name)) for field in fields(config)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _written(value: object) -> str:
    if isinstance(value, Enum):
        return f"`{value.value}`"
    return str(value) or "none"


def _values(kind: type[Enum]) -> str:
    return ", ".join(f"`{each.value}`" for each in kind)


def _require(block: str, known: set[str], told: set[str]) -> None:
    if known != told:
        raise PageError(f"{block}: the code and pages/keys.py differ in {', '.join(sorted(known ^ told))}")
