"""Rollouts as the router itself reads them: the core's own strict reading, never a second one."""

from dataclasses import dataclass
from typing import Any

from rollouts_router.core.config import PluginConfig, parse_config
from rollouts_router.core.errors import FieldError
from rollouts_router.core.manifests import manifest_rollout
from rollouts_router.core.model import Rollout
from rollouts_router.lint.manifests import Manifest

NO_NAMESPACE = "default"
"""Stands in for the namespace that a manifest will be applied to, where it names none."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A Rollout of a file: as the router reads it, or what keeps it from that."""

    manifest: Manifest
    rollout: Rollout | None
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Configured:
    """The plugin's block of a Rollout: as the router reads it, or what is wrong with it, and the field."""

    config: PluginConfig | None
    flaw: str = ""
    field: str = ""


def decode(manifest: Manifest) -> Decoded:
    """Read a Rollout."""
    metadata: dict[str, Any] = {"name": "rollout", "namespace": NO_NAMESPACE}
    metadata |= {key: value for key, value in manifest.metadata.items() if value}
    try:
        return Decoded(manifest, manifest_rollout({**manifest.fields, "metadata": metadata}))
    except FieldError as error:
        return Decoded(manifest, None, sentence_of(error))


def configure(rollout: Rollout) -> Configured:
    """Read its block."""
    try:
        return Configured(parse_config(rollout))
    except FieldError as error:
        return Configured(None, sentence_of(error), error.field)


def sentence_of(error: Exception) -> str:
    """What an error of the core says, without the object that it begins with."""
    return str(error).partition(": ")[2]
