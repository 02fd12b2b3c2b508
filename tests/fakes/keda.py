"""A cluster with KEDA's objects in memory: resourceVersions, merge patches, refusals, and an end at any request."""

import asyncio
import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from tests.fakes.board import Board
from tests.fakes.clock import HandClock
from tests.fakes.log import Lines
from tests.fakes.selectors import matches

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.keda.config import KedaConfig
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import FORCE_ACTIVATION
from rollouts_router.core.model import Rollout
from rollouts_router.core.notices import Notices
from rollouts_router.kube.errors import ApiError, Conflict, Forbidden, NotFound, NotServed
from rollouts_router.kube.resources import Call, Resource, Verb
from rollouts_router.router.events import Events
from rollouts_router.router.keda import Keda, KedaWishes
from rollouts_router.router.keda_holds import KedaHolds
from rollouts_router.router.keda_news import KedaNews
from rollouts_router.router.keda_objects import HPAS, SCALED_OBJECTS, KedaObjects
from rollouts_router.router.keda_sweep import KedaSweeper
from rollouts_router.router.reports import Reports

Json: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]  # plural, namespace, name

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FORCE = FORCE_ACTIVATION


class Killed(BaseException):
    """The process ended here."""


@dataclass(kw_only=True)
class Cluster:
    """A KedaApi.

    Attributes:
        objects: What is there.
        served: Whether KEDA is installed.
        allowed: The namespaces in which KEDA's objects may be touched; None: everywhere.
        faults: The next errors for a verb and plural, each used once.
        always: The error for a verb and plural, used for ever.
        kill_at: Before which request, counted from 0, the process ends; None: none.
        others: Called before each request; may change objects.
        calls: Every request, in order of arrival.
        written: Every merge patch that was applied, with its resource.
    """

    objects: dict[Key, Json] = field(default_factory=dict)
    served: bool = True
    allowed: set[str] | None = None
    faults: dict[tuple[Verb, str], list[Callable[[Call], ApiError]]] = field(default_factory=dict)
    always: dict[tuple[Verb, str], Callable[[Call], ApiError]] = field(default_factory=dict)
    kill_at: int | None = None
    others: Callable[[], None] | None = None
    calls: list[Call] = field(default_factory=list)
    written: list[tuple[Resource, Json]] = field(default_factory=list)
    _revision: int = 0

    def asked(self, group: str) -> int:
        """How many requests there were for an API group."""
        return sum(call.resource.group == group for call in self.calls)

    def create(self, resource: Resource, name: str, an_object: Json, *, space: str = "shop") -> None:
        """Somebody creates an object, or replaces one."""
        new = copy.deepcopy(an_object)
        self._revision += 1
        metadata = {
            "uid": f"uid-{self._revision}",
            **new.get("metadata", {}),
            "name": name,
            "namespace": space,
        }
        self.objects[resource.plural, space, name] = {**new, "metadata": metadata}
        self._touch(resource.plural, space, name)

    def edit(self, resource: Resource, name: str, document: Json, *, space: str = "shop") -> None:
        """Somebody applies a merge patch."""
        key = (resource.plural, space, name)
        before = self.objects[key]
        after = merged(before, document)
        if after != before:
            self.objects[key] = after
            self._touch(*key)

    def look(self, resource: Resource, name: str, *, space: str = "shop") -> Json:
        """An object as it is."""
        return copy.deepcopy(self.objects[resource.plural, space, name])

    def delete(self, resource: Resource, name: str, *, space: str = "shop") -> None:
        """Somebody deletes an object."""
        self.objects.pop((resource.plural, space, name), None)

    def scaled(self, name: str = "so", *, target: str = "web", **meta: Any) -> None:
        """Somebody creates a ScaledObject for a Rollout."""
        spec = {"scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": target}}
        self.create(
            SCALED_OBJECTS, name, {"metadata": meta, "spec": spec, "status": {"hpaName": f"keda-hpa-{name}"}}
        )
        self.keda("2.20.0", name)

    def keda(self, version: str, name: str = "so") -> None:
        """The release of KEDA that made the HPA of an object."""
        self.create(
            HPAS, f"keda-hpa-{name}", {"metadata": {"labels": {"app.kubernetes.io/version": version}}}
        )

    def annotate(self, name: str = "so", **values: str | None) -> None:
        """Somebody writes annotations of KEDA: underscores for dashes."""
        named = {f"autoscaling.keda.sh/{key.replace('_', '-')}": value for key, value in values.items()}
        self.edit(SCALED_OBJECTS, name, {"metadata": {"annotations": named}})

    def annotations(self, name: str = "so") -> dict[str, str]:
        """Those of a ScaledObject."""
        return dict(self.look(SCALED_OBJECTS, name)["metadata"].get("annotations") or {})

    def record(self, name: str = "so") -> Json | None:
        """The record on a ScaledObject."""
        text = self.annotations(name).get(HOLD)
        return None if text is None else json.loads(text)

    async def get(self, resource: Resource, *, namespace: str, name: str) -> Json:
        """One object."""
        key = await self._arrive(Call(verb=Verb.GET, resource=resource, namespace=namespace, name=name))
        return copy.deepcopy(self.objects[key])

    async def list(self, resource: Resource, *, namespace: str, label_selector: str = "") -> list[Json]:
        """The objects that match."""
        await self._arrive(Call(verb=Verb.LIST, resource=resource, namespace=namespace))
        return [
            copy.deepcopy(found)
            for (plural, space, _), found in self.objects.items()
            if plural == resource.plural
            and namespace in {"", space}
            and matches(label_selector, found["metadata"].get("labels") or {})
        ]

    async def merge_patch(
        self,
        resource: Resource,
        *,
        namespace: str,
        name: str,
        document: Mapping[str, object],
        field_manager: str,
    ) -> Json:
        """Apply it if its resourceVersion is the present one."""
        assert field_manager == "rollouts-router"
        call = Call(verb=Verb.PATCH, resource=resource, namespace=namespace, name=name)
        key = await self._arrive(call)
        sent: Json = json.loads(json.dumps(document))
        expected = sent["metadata"].pop("resourceVersion")
        if expected != self.objects[key]["metadata"]["resourceVersion"]:
            raise Conflict(call, "the object has been modified", status=409)
        self.edit(resource, name, sent, space=namespace)
        self.written.append((resource, sent))
        return copy.deepcopy(self.objects[key])

    async def _arrive(self, call: Call) -> Key:
        if self.kill_at is not None and len(self.calls) >= self.kill_at:
            raise Killed
        self.calls.append(call)
        await asyncio.sleep(0)
        if self.others is not None:
            self.others()
        self._fail(call)
        key = (call.resource.plural, call.namespace, call.name)
        if call.name and key not in self.objects:
            raise NotFound(call, f'{call.resource} "{call.name}" not found', status=404)
        return key

    def _fail(self, call: Call) -> None:
        place = (call.verb, call.resource.plural)
        if faults := self.faults.get(place):
            raise faults.pop(0)(call)
        if place in self.always:
            raise self.always[place](call)
        if call.resource.group != "keda.sh":
            return
        if not self.served:
            raise NotServed(call, "404 page not found", status=404)
        if self.allowed is not None and call.namespace not in self.allowed:
            raise Forbidden(call, "not in this namespace", status=403)

    def _touch(self, *key: str) -> None:
        self._revision += 1
        self.objects[key[0], key[1], key[2]]["metadata"]["resourceVersion"] = str(self._revision)


def merged(target: Any, patch: Any) -> Any:
    """The target after a merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def rollout_json(block: Json | None, *, name: str = "web", weight: int = 0, **fields: Any) -> Json:
    """A Rollout as the API has it; the fields are those of `Rollout`."""
    plugins = {} if block is None else {PLUGIN_NAME: block}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": name, "namespace": "shop", "uid": fields.get("uid", "r1")},
        "spec": {
            "replicas": fields.get("replicas", 4),
            "strategy": {"canary": {"trafficRouting": {"plugins": plugins}}},
        },
        "status": {
            "stableRS": fields.get("stable_hash", "v1"),
            "currentPodHash": fields.get("current_hash", "v2"),
            "abort": fields.get("is_aborted", False),
            "canary": {"weights": {"canary": {"weight": weight}}},
        },
    }


def web(block: Json | None = None, **fields: Any) -> Rollout:
    """Rollout shop/web in a canary from v1 to v2, at a step that sets a weight, as a call brings it."""
    given = {"httpRoute": "r", "keda": {}} if block is None else block
    return Rollout(
        **{
            "namespace": "shop",
            "name": "web",
            "uid": "r1",
            "stable_service": "stable",
            "canary_service": "canary",
            "stable_hash": "v1",
            "current_hash": "v2",
            "weight_steps": (True, False, True),
            "replicas": 4,
            "plugin_config": json.dumps(given).encode(),
            **fields,
        }
    )


def keda_block(**keda: Any) -> Json:
    """A plugin's block with this in `keda`."""
    return {"httpRoute": "r", "keda": keda}


@dataclass
class KedaSetup:
    """The parts of one process, and what they speak to."""

    api: Cluster = field(default_factory=Cluster)
    log: Lines = field(default_factory=Lines)
    clock: HandClock = field(default_factory=HandClock)
    default: KedaConfig | None = None

    def __post_init__(self) -> None:
        self.objects = KedaObjects(self.api, self.clock)
        self.board = Board()
        self.reports = Reports(self.log, Notices(), bulletin=Events(self.board, self.log, self.now))
        self.news = KedaNews(self.reports)
        self.holds = KedaHolds(objects=self.objects, news=self.news, now=self.now)
        wishes = KedaWishes(self.default)
        self.sweeper = KedaSweeper(
            self.objects,
            self.holds,
            self.log,
            wishes=wishes,
            sleep=self.clock.sleep,
            seconds=300,
            post=self.reports.post,
        )
        self.keda = Keda(
            self.objects, self.holds, self.news, wishes=wishes, clock=self.clock, seen=self.sweeper.arm
        )

    def now(self) -> datetime:
        """The time of day by the clock."""
        return EPOCH + timedelta(seconds=self.clock.now)

    def restarted(self) -> "KedaSetup":
        """A new process at the same cluster."""
        return KedaSetup(api=self.api, log=self.log, clock=self.clock, default=self.default)

    def reasons(self, level: str = "warning") -> list[str]:
        """The reasons of what was told."""
        return [str(fields.get("reason")) for each, _, fields in self.log.lines if each == level]
