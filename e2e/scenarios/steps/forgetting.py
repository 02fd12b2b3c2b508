"""What the stock controller forgets of an experiment on a busy machine, and how it is brought to make it anew.

It writes an Experiment's status from a view that is a moment old, and so loses the name of a Service that it has made.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.bed.api import Api


async def remind(admin: Api, namespace: str) -> None:
    """Has the forgotten Services of the namespace's running experiments made anew."""
    for experiment in await admin.list("Experiment", namespace):
        name = experiment["metadata"]["name"]
        for template in experiment.get("status", {}).get("templateStatuses", ()):
            if template.get("status") == "Running" and not template.get("serviceName"):
                await admin.delete("Service", f"{name}-{template['name']}", namespace)
                stamp = {"metadata": {"annotations": {"example.com/stamp": uuid.uuid4().hex}}}
                await admin.merge_patch("Experiment", name, namespace, stamp)
