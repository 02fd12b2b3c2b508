"""The data of the ConfigMap argo-rollouts-notification-configmap: services, triggers, templates."""

from collections.abc import Mapping
from typing import Final

from observability.notifications.occasions import OCCASIONS
from observability.notifications.template import template_of
from observability.text import block_yaml

NAME: Final = "argo-rollouts-notification-configmap"
PREFIX: Final = "progressive-"
"""Of our templates, so that they stand beside a platform's own."""


def triggers_and_templates() -> Mapping[str, str]:
    """What does not differ from cluster to cluster; the services and their secrets do."""
    data = {}
    for occasion in OCCASIONS:
        name = f"{PREFIX}{occasion.event}"
        data[f"trigger.{occasion.trigger}"] = block_yaml([{"send": [name]}])
        data[f"template.{name}"] = block_yaml(template_of(occasion))
    return data
