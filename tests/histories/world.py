"""A cluster in which a controller, users, KEDA's owner and accidents act in any order, and what must hold at all times.

The oracle is a shadow of each ScaledObject: the values of KEDA's annotations if only users had written. Whoever writes
exactly what the router has written there is taken to leave the value to the router, for nobody could tell the two apart.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from tests.fakes.keda import FORCE, Cluster, Json, KedaSetup, Killed, keda_block, rollout_json, web

from rollouts_router.core.keda.canary import in_canary
from rollouts_router.core.keda.record import HOLD
from rollouts_router.core.keda.scaled import IGNORE, KEYS, PAUSED_SCALE_IN, is_true
from rollouts_router.core.model import Rollout
from rollouts_router.core.verify import Verdict
from rollouts_router.kube.errors import ApiError, Forbidden, Invalid, Unavailable
from rollouts_router.kube.resources import Call, Verb
from rollouts_router.router.keda_objects import REPLICA_SETS, ROLLOUTS, SCALED_OBJECTS

Event: TypeAlias = tuple[str, int]
"""What happens, and a number that says how: any number means something to any event."""

WEIGHTS: Final = (0, 20, 50, 100)
VALUES: Final = (None, "true", "true", "false", "1", "0", "banana", "")
PAUSES: Final = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")
BLOCKS: Final[tuple[Json, ...]] = (
    keda_block(),
    {"httpRoute": "r"},
    keda_block(scaleIn="hold"),
    keda_block(activation="wait"),
    keda_block(activation="off", scaleIn="hold"),
    keda_block(maxHoldSeconds=600),
    keda_block(scaledObject="so"),
    keda_block(scaledObject="elsewhere"),
    keda_block(onError="wait", minReadyPercent=50),
)
DELAYS: Final = (1, 30, 61, 301, 3600)
_SO: Final = ("so", "so2")


@dataclass
class World:
    """One history as it goes on."""

    api: Cluster = field(default_factory=Cluster)
    rollout: Rollout = field(default_factory=lambda: replace(web(), stable_hash="v1", current_hash="v1"))
    weight: int = 0
    exists: bool = True
    revisions: int = 1
    rollouts: int = 1
    shadows: dict[str, dict[str, str | None]] = field(default_factory=dict)
    stale: tuple[Rollout, int] | None = None
    pods: int = 1
    kill_in: int | None = None

    def __post_init__(self) -> None:
        self.process = KedaSetup(api=self.api)
        self.other = self.process.restarted()
        self._create("so", None)
        self._publish()

    # What may happen. Each event takes a number.

    async def happen(self, event: Event) -> None:
        """Let one thing happen, and see that what must hold at all times holds."""
        name, number = event
        written = len(self.api.written)
        await getattr(self, f"on_{name}")(number)
        for resource, document in self.api.written[written:]:
            _check_patch(str(resource), document)
        self._check_records()

    async def on_weight(self, number: int) -> None:
        """The controller sets a weight."""
        if self.exists:
            self.stale = (self.rollout, self.weight)
            self.weight = WEIGHTS[number % len(WEIGHTS)]
            await self._set_weight(self.rollout, self.weight)
            self._publish()

    async def on_stale_weight(self, _number: int) -> None:
        """It does so with what it knew before."""
        if self.exists and self.stale is not None and self.stale[0].uid == self.rollout.uid:
            await self._set_weight(*self.stale)

    async def on_other_process(self, _number: int) -> None:
        """A second process, of a controller that has lost or just got its lease, sets the weight too."""
        if self.exists:
            rollout, weight = self.stale or (self.rollout, self.weight)
            await self._call(lambda: self.other.keda.settle(rollout, weight))

    async def on_verify(self, number: int) -> None:
        """It asks whether the weight is live, at a step that sets one or at the end."""
        weight = WEIGHTS[number % len(WEIGHTS)]
        rollout = replace(self.rollout, step_index=0 if weight < 100 else 3)
        self._replica_set()
        troubled = bool(self.api.faults or self.api.always or self.kill_in is not None)
        verdicts: list[Verdict] = []

        async def ask() -> None:
            verdicts.append(await self.process.keda.verdict(rollout, weight, Verdict.VERIFIED))

        await self._call(ask)
        if weight == 100 and self.pods > 0 and not troubled:
            assert verdicts == [Verdict.VERIFIED], "I5: held at all traffic with a pod there"

    async def on_revision(self, _number: int) -> None:
        """Somebody sets a new image."""
        self.revisions += 1
        self._become(current_hash=f"v{self.revisions}", is_aborted=False, skips_steps=False)

    async def on_promote(self, _number: int) -> None:
        """The canary becomes stable."""
        self._become(stable_hash=self.rollout.current_hash)

    async def on_abort(self, number: int) -> None:
        """Somebody aborts, or tries again."""
        self._become(is_aborted=bool(number % 2), skips_steps=bool(number % 2))

    async def on_replicas(self, number: int) -> None:
        """KEDA or its HPA scale."""
        self.pods = number % 3
        self._become(replicas=number % 7)

    async def on_configure(self, number: int) -> None:
        """Somebody changes the block."""
        self._become(plugin_config=json.dumps(BLOCKS[number % len(BLOCKS)]).encode())

    async def on_replace_rollout(self, number: int) -> None:
        """Somebody deletes the Rollout, or creates it anew in the middle of things."""
        if not self.exists:
            self.rollouts += 1
            self.exists = True
            self._become(uid=f"r{self.rollouts}")
        elif number % 3 == 0:
            self.exists = False
            self.api.delete(ROLLOUTS, "web")
        self._publish()

    async def on_restart(self, _number: int) -> None:
        """The process ends between two calls."""
        self.process = self.process.restarted()

    async def on_sweep(self, _number: int) -> None:
        """Five minutes are over."""
        await self._call(self._sweep)

    async def on_time(self, number: int) -> None:
        """Time passes."""
        self.process.clock.now += DELAYS[number % len(DELAYS)]

    async def on_annotate(self, number: int) -> None:
        """A user writes one of KEDA's annotations."""
        key = (FORCE, FORCE, FORCE, PAUSED_SCALE_IN, *PAUSES, IGNORE)[number % 7]
        self.user_writes(_SO[number // 128 % 2], key, VALUES[number // 7 % len(VALUES)])

    async def on_spoil(self, number: int) -> None:
        """A user takes the label or the record off, or damages the record."""
        name = _SO[number // 3 % 2]
        if not self._is_there(name):
            return
        if number % 3:
            self._disown(name)
        documents: tuple[Json, ...] = (
            {"labels": {HOLD: None}},
            {"annotations": {HOLD: None}},
            {"annotations": {HOLD: "{"}},
        )
        self.api.edit(SCALED_OBJECTS, name, {"metadata": documents[number % 3]})

    async def on_replace_object(self, number: int) -> None:
        """Somebody deletes a ScaledObject, or creates it with a value of his own."""
        name = _SO[number % 2]
        if self._is_there(name):
            self.api.delete(SCALED_OBJECTS, name)
        else:
            self._create(name, VALUES[number // 2 % len(VALUES)])

    async def on_keda(self, number: int) -> None:
        """Somebody installs another release of KEDA."""
        for name in _SO:
            self.api.keda(("2.20.0", "2.16.1", "2.18.1", "main")[number % 4], name)

    async def on_fault(self, number: int) -> None:
        """The next request of a kind fails, with or without effect, or all of them do until they do not."""
        verb = (Verb.PATCH, Verb.LIST, Verb.GET)[number % 3]
        resource = SCALED_OBJECTS if number // 3 % 4 else REPLICA_SETS
        errors = (_away, _refused, _forbidden, self._lost)
        place = (verb, resource.plural)
        if number // 12 % 4 == 3:
            self.api.always = {} if self.api.always else {place: _forbidden}
        else:
            self.api.faults.setdefault(place, []).append(errors[number // 12 % 3])

    async def on_kill(self, number: int) -> None:
        """In the next call the process ends before its n-th request."""
        self.kill_in = number % 6

    async def on_conflicts(self, number: int) -> None:
        """For a while, KEDA writes the status before each of so many requests."""
        left = number % 16

        def touch() -> None:
            nonlocal left
            left -= 1
            if left >= 0 and self._is_there("so"):
                self.api.edit(SCALED_OBJECTS, "so", {"status": {"tick": f"{id(self)}-{left}-{number}"}})

        self.api.others = touch

    async def on_race(self, number: int) -> None:
        """A user writes between two requests of a call."""
        left = number // 32 % 4

        def write() -> None:
            nonlocal left
            left -= 1
            if left == -1:
                key = (FORCE, PAUSED_SCALE_IN)[number % 2]
                self.user_writes("so", key, VALUES[number // 2 % len(VALUES)])

        self.api.others = write

    # What must hold in the end.

    async def conclude(self, number: int) -> None:
        """Troubles are over: a canary is held again, and after its end one sweep leaves what users alone had left."""
        self._calm()
        if number % 2 and self.exists:
            await self._check_held()
        damaged = [name for name in _SO if self._is_there(name) and self.record(name) == "damaged"]
        unlabelled = any(HOLD not in self._meta(name, "labels") for name in _SO if self._is_there(name))
        if not self.exists and unlabelled:
            return  # a user took away what a deleted Rollout's hold is found by
        if number % 4 < 2 and self.exists and not unlabelled:
            self.exists = False
            self.api.delete(ROLLOUTS, "web")
        elif self.exists:
            self._become(stable_hash=self.rollout.current_hash, is_aborted=False, skips_steps=False)
            if unlabelled:  # no sweep finds it then, only a call that looks for it
                self._become(plugin_config=json.dumps(BLOCKS[0]).encode())
            self.process = self.process.restarted() if number % 8 < 4 else self.process
            await self.happen(("weight", 0))
        self.process.clock.now += 301
        await self.happen(("sweep", 0))
        for name in _SO:
            if self._is_there(name) and name not in damaged:
                self._check_put_back(name)

    def _calm(self) -> None:
        self.api.faults, self.api.always, self.api.others, self.kill_in = {}, {}, None, None
        self.process.clock.now += 301  # what was forbidden is asked for again

    async def _check_held(self) -> None:
        """I7: whatever happened, calls without troubles hold what has to be held."""
        self._become(plugin_config=json.dumps(BLOCKS[0]).encode(), is_aborted=False, skips_steps=False)
        self.api.keda("2.20.0")
        self.process = self.process.restarted()
        for _ in range(3):
            self.process.clock.now += 61
            await self.happen(("weight", 1))
        record = self.record("so") if self._is_there("so") else None
        ambiguous = all(map(self._is_there, _SO))
        if not self._is_there("so") or ambiguous or record == "damaged" or not in_canary(self.rollout, 20):
            return
        if is_true(self._meta("so", "annotations").get(IGNORE)):
            assert record is None, "an object is held against the will of its owner"
        elif not (isinstance(record, dict) and record["end"]):
            assert is_true(self._meta("so", "annotations").get(FORCE)), "I7: a canary is not held"

    def _check_put_back(self, name: str) -> None:
        annotations = self._meta(name, "annotations")
        assert HOLD not in annotations, f"I1: a record is left on {name}"
        assert HOLD not in self._meta(name, "labels"), f"I1: a label is left on {name}"
        for key in KEYS:
            assert annotations.get(key) == self.shadows[name][key], f"I1: {key} of {name}"

    def _check_records(self) -> None:
        held = [name for name in _SO if self._is_there(name) and isinstance(self.record(name), dict)]
        assert len(held) <= 1, f"I2: {held} are held at once"

    # How it is done.

    async def _set_weight(self, rollout: Rollout, weight: int) -> None:
        written = len(self.api.written)
        await self._call(lambda: self.process.keda.settle(rollout, weight))
        if rollout.is_aborted:
            _check_only_released(self.api.written[written:])

    async def _call(self, call: Callable[[], Awaitable[None]]) -> None:
        self.api.kill_at = None if self.kill_in is None else len(self.api.calls) + self.kill_in
        try:
            await call()  # I4: an exception ends the test
        except Killed:
            self.process = self.process.restarted()
        finally:
            self.api.kill_at, self.kill_in = None, None

    async def _sweep(self) -> None:
        try:
            await self.process.sweeper.sweep()
        except ApiError:
            return  # told by the loop around it

    def _become(self, **fields: Any) -> None:
        self.rollout = replace(self.rollout, **fields)
        self._publish()

    def _publish(self) -> None:
        if self.exists:
            rollout = self.rollout
            block = json.loads(rollout.plugin_config or b"null")
            names = ("uid", "replicas", "stable_hash", "current_hash", "is_aborted")
            fields = {name: getattr(rollout, name) for name in names}
            self.api.create(ROLLOUTS, "web", rollout_json(block, weight=self.weight, **fields))

    def _replica_set(self) -> None:
        labels = {"rollouts-pod-template-hash": self.rollout.current_hash}
        owners = [{"kind": "Rollout", "name": "web", "uid": self.rollout.uid}]
        self.api.create(
            REPLICA_SETS,
            "web-canary",
            {
                "metadata": {"labels": labels, "ownerReferences": owners},
                "spec": {"replicas": self.pods},
                "status": {"availableReplicas": self.pods},
            },
        )

    def user_writes(self, name: str, key: str, value: str | None) -> None:
        """A user writes an annotation: its shadow follows, unless it is what the router has written."""
        if not self._is_there(name):
            return
        record, before = self.record(name), self._meta(name, "annotations").get(key)
        self.api.edit(SCALED_OBJECTS, name, {"metadata": {"annotations": {key: value}}})
        if key not in KEYS:
            return
        self.shadows[name][key] = value
        if isinstance(record, dict) and value is not None and record["wrote"].get(key) == value:
            is_ours = record["end"] is None or before == value
            self.shadows[name][key] = record["prior"][key] if is_ours else value

    def record(self, name: str) -> Json | str | None:
        """The record on an object; "damaged" when it is none of ours."""
        text = self._meta(name, "annotations").get(HOLD)
        return "damaged" if text == "{" else None if text is None else json.loads(text)

    def _disown(self, name: str) -> None:
        """Without its record, what the router wrote is the user's."""
        record = self.record(name)
        if isinstance(record, dict):
            for key, value in record["wrote"].items():
                if self._meta(name, "annotations").get(key) == value:
                    self.shadows[name][key] = value

    def _create(self, name: str, value: str | None) -> None:
        annotations = {} if value is None else {FORCE: value}
        self.api.scaled(name, annotations=annotations)
        self.shadows[name] = {key: annotations.get(key) for key in KEYS}

    def _is_there(self, name: str) -> bool:
        return (SCALED_OBJECTS.plural, "shop", name) in self.api.objects

    def _meta(self, name: str, what: str) -> dict[str, str]:
        return dict(self.api.objects[SCALED_OBJECTS.plural, "shop", name]["metadata"].get(what) or {})

    def _lost(self, call: Call) -> ApiError:
        return Unavailable(call, "the connection broke")


def _check_patch(resource: str, document: Json) -> None:
    assert resource == "scaledobjects.keda.sh", f"I3: {resource} was written"
    assert document.keys() == {"metadata"}, f"I3: {document} was written"
    assert document["metadata"].keys() <= {"labels", "annotations"}, f"I3: {document} was written"
    assert document["metadata"].get("labels", {}).keys() <= {HOLD}, f"I3: {document} was written"
    keys = document["metadata"].get("annotations", {}).keys()
    assert not keys & set(PAUSES), f"I6: {keys} were written"
    assert keys <= {HOLD, *KEYS}, f"I3: {keys} were written"


def _check_only_released(written: Sequence[tuple[object, Json]]) -> None:
    for _, document in written:
        values = document["metadata"].get("annotations", {})
        raised = [key for key in KEYS if is_true(values.get(key)) and key in values]
        assert not raised, f"{raised} were written in an abort"


def _away(call: Call) -> ApiError:
    return Unavailable(call, "connection refused")


def _refused(call: Call) -> ApiError:
    return Invalid(call, 'admission webhook "vscaledobject.kb.io" denied the request: twice', status=400)


def _forbidden(call: Call) -> ApiError:
    return Forbidden(call, "not allowed", status=403)


EVENTS: Final = tuple(sorted(name.removeprefix("on_") for name in vars(World) if name.startswith("on_")))


async def play(history: list[Event], end: int) -> None:
    """Play one history to its end, of which the number says how it comes, and with which block it began.

    Raises:
        AssertionError: Something that must hold does not; which, says its text.
    """
    world = World()
    await world.happen(("configure", end // 16))
    for event in history:
        await world.happen(event)
    await world.conclude(end)
