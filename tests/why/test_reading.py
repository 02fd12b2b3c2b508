"""What is read, and what may fail."""

from dataclasses import dataclass, field

import pytest

from rollouts_router.kube.errors import Forbidden, NotFound
from rollouts_router.kube.objects import KubeObject, KubeObjects
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.why.reading import EVENTS, ROLLOUTS, RUNS, read


@dataclass
class Cluster:
    """A client in memory; `forbidden` resources may not be listed."""

    rollout: KubeObject | None = None
    forbidden: tuple[Resource, ...] = ()
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def get(self, resource: Resource, *, namespace: str, name: str) -> KubeObject:
        if self.rollout is None:
            raise NotFound(
                Call(verb=Verb.GET, resource=resource, namespace=namespace, name=name), "not found"
            )
        return self.rollout

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> KubeObjects:
        self.asked.append((resource.plural, namespace, label_selector))
        if resource in self.forbidden:
            raise Forbidden(Call(verb=Verb.LIST, resource=resource, namespace=namespace), "forbidden")
        return [{"kind": resource.plural}]


async def test_runs_of_the_present_pods_and_all_events_are_read() -> None:
    cluster = Cluster(rollout={"status": {"currentPodHash": "abc"}})
    found = await read(cluster, "shop", "web")
    assert sorted(cluster.asked) == [
        ("analysisruns", "shop", "rollouts-pod-template-hash=abc"),
        ("events", "shop", ""),
    ]
    assert (found.runs, found.events, found.unread) == ([{"kind": "analysisruns"}], [{"kind": "events"}], ())


@pytest.mark.parametrize("resource", [RUNS, EVENTS])
async def test_what_may_not_be_read_is_told_and_the_rest_is_there(resource: Resource) -> None:
    found = await read(Cluster(rollout={}, forbidden=(resource,)), "shop", "web")
    assert len(found.unread) == 1
    assert found.unread[0].startswith(f"Not read: {resource.plural}: forbidden")


async def test_without_the_rollout_there_is_no_answer() -> None:
    with pytest.raises(NotFound, match=r"not found \(get rollouts.argoproj.io shop/web"):
        await read(Cluster(), "shop", "web")


def test_the_rollouts_are_argo_s() -> None:
    assert ROLLOUTS.path("shop", "web") == "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web"
