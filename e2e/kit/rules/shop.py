"""A service whose canaries a gate judges by a number that the test sets, and that tells of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from e2e.bed import objects
from e2e.bed.kinds import ROLLOUTS
from e2e.bed.rollouts import Canary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from e2e.bed.kinds import Object
    from e2e.kit.rules.watched import Watched

NAMESPACE: Final = "shop"
PLUGIN: Final = {"httpRoute": "web", "verify": {"mode": "spec"}}  # no gateway runs there
GATE: Final = "errors"


async def opened(bed: Watched, steps: Sequence[Object], annotations: Object, *, errors: str) -> Canary:
    """The Rollout shop/web, healthy, with its Services, its route and its gate, which measures `errors`."""
    await bed.plane.create_namespace(NAMESPACE)
    await bed.plane.grant_plugin(NAMESPACE)
    await judged(bed, errors)
    rollout = objects.rollout("web", NAMESPACE, steps=steps, plugin=PLUGIN, replicas=4)
    rollout["metadata"]["annotations"] = annotations
    route = objects.route("HTTPRoute", "web", NAMESPACE, rules=[objects.rule("web")])
    for thing in (*objects.services("web", NAMESPACE), route, rollout):
        await bed.plane.admin.apply(thing)
    canary = Canary(bed.plane, "web", NAMESPACE)
    await canary.wait_healthy()
    return canary


def gate() -> Object:
    """The step that asks the gate."""
    return {"analysis": {"templates": [{"templateName": GATE}]}}


async def judged(bed: Watched, errors: str) -> None:
    """From now on the gate measures this."""
    metric = {
        "name": "error-rate",
        "successCondition": "result[0] <= 0.01",
        "provider": {"prometheus": {"address": bed.url, "query": f"vector({errors})"}},
    }
    metadata = {"name": GATE, "namespace": NAMESPACE}
    template = {"apiVersion": ROLLOUTS, "kind": "AnalysisTemplate", "metadata": metadata}
    await bed.plane.admin.apply({**template, "spec": {"metrics": [metric]}})
