"""What somebody else does in the middle of an example's canary, so that the router has to tell of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from e2e.bed import waiting
from e2e.bed.rollouts import Canary
from e2e.examples.walking import SOON, Example

if TYPE_CHECKING:
    from e2e.examples.conftest import Ground

PLAIN: Final = "httproute-by-name"


async def somebody_overwrites_weights_twice(ground: Ground) -> None:
    """Somebody else changes weights in the middle of a canary, twice: one Event, made and then counted."""
    example = Example(plane=ground.plane, shell=ground.shell, name=PLAIN)
    canary = Canary(ground.plane, "shop", example.namespace)
    await canary.set_image("registry.k8s.io/e2e-test-images/agnhost:2.54")
    await canary.wait_paused(1)
    for times in (1, 2):
        edit = {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 0}
        await ground.plane.admin.json_patch("HTTPRoute", "shop", example.namespace, [edit])
        await _is_reconciled(ground, example)
        await _is_told(ground, example, times)
        await _is_reconciled(ground, example)  # and finds the weight that it has put back


async def _is_reconciled(ground: Ground, example: Example) -> None:
    stamp = {"metadata": {"annotations": {"example.com/stamp": uuid.uuid4().hex}}}
    await ground.plane.admin.merge_patch("Rollout", "shop", example.namespace, stamp)


async def _is_told(ground: Ground, example: Example, times: int) -> None:
    async def ask() -> bool | None:
        events = await ground.plane.admin.list("Event", example.namespace)
        found = [each["count"] for each in events if each["reason"] == "WeightsOverwritten"]
        return True if found == [times] else None

    await waiting.until(ask, within=SOON, what=f"one Event of overwritten weights, {times} times")
