"""A Rollout as the router needs it. How one arrives (gob, JSON) is the doors' business."""

from dataclasses import dataclass

from rollouts_router.core.errors import FieldError

DEFAULT_MAX_WEIGHT = 100
MAX_BACKEND_WEIGHT = 1_000_000  # Gateway API, BackendRef.weight: int32 in 0..1000000

_CANARY = "spec.strategy.canary"


@dataclass(frozen=True, slots=True)
class PingPong:
    """The two Services that swap the parts of stable and canary with every release."""

    ping: str
    pong: str


@dataclass(frozen=True, slots=True)
class Services:
    """The Services that take the stable and the canary share now."""

    stable: str
    canary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The fields of a Rollout that routing depends on.

    Attributes:
        namespace: Its namespace, which is also that of its Services.
        name: Its name.
        uid: `metadata.uid`; empty where the door does not know it.
        stable_service: `spec.strategy.canary.stableService`, empty when not set.
        canary_service: `spec.strategy.canary.canaryService`, empty when not set.
        ping_pong: `spec.strategy.canary.pingPong`, None when not set.
        stable_is_ping: Whether `status.canary.stablePingPong` is `ping`.
        stable_hash: `status.stableRS`, empty before anything was promoted.
        current_hash: `status.currentPodHash`, that of the newest pod template.
        step_index: `status.currentStepIndex`; as many as there are steps when they are over.
        weight_steps: For each step of `spec.strategy.canary.steps` whether it sets a weight.
        managed_steps: For each of them whether it puts in a managed route.
        is_aborted: `status.abort`.
        skips_steps: Whether `status.abort` or `status.promoteFull` is set, so that no step counts any more.
        max_traffic_weight: `...trafficRouting.maxTrafficWeight`; 0 when not set, which means 100.
        managed_routes: Names in `...trafficRouting.managedRoutes`.
        experiments: Services in `status.canary.weights.additional`: those of an experiment that may be over.
        replicas: `spec.replicas`.
        has_progress_threshold: Whether `...canary.replicaProgressThreshold` says how many pods a step waits for.
        shrinks_stable: `...canary.dynamicStableScale`.
        workload: The Deployment that `spec.workloadRef` names, empty when not set.
        plugin_config: The plugin's block, verbatim JSON; None when the Rollout has none.
    """

    namespace: str
    name: str
    uid: str = ""
    stable_service: str = ""
    canary_service: str = ""
    ping_pong: PingPong | None = None
    stable_is_ping: bool = False
    stable_hash: str = ""
    current_hash: str = ""
    step_index: int = 0
    weight_steps: tuple[bool, ...] = ()
    managed_steps: tuple[bool, ...] = ()
    is_aborted: bool = False
    skips_steps: bool = False
    max_traffic_weight: int = 0
    managed_routes: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    replicas: int = 1
    has_progress_threshold: bool = False
    shrinks_stable: bool = False
    workload: str = ""
    plugin_config: bytes | None = None

    def __str__(self) -> str:
        return f"Rollout {self.namespace}/{self.name}"

    def services(self) -> Services:
        """The Services of this moment; ping-pong wins over the plain pair, as in the controller.

        Raises:
            FieldError: A name is missing, or both are the same.
        """
        if self.ping_pong is None:
            fields = ("stableService", "canaryService")
            pair = Services(self.stable_service, self.canary_service)
        else:
            fields = ("pingPong.pingService", "pingPong.pongService")
            pair = self._ping_pong_services(self.ping_pong)
        missing = [f"{_CANARY}.{field}" for field in fields if not self._set(field)]
        if missing:
            raise FieldError(
                f"{self}: {missing[0]}",
                "".join(f" and {each}" for each in missing[1:]) + " must name a Service",
            )
        if pair.stable == pair.canary:
            raise FieldError(
                f"{self}: {_CANARY}.{fields[0]}",
                f' and {fields[1]} are both "{pair.stable}"; traffic can be split only between two Services',
            )
        return pair

    def max_weight(self) -> int:
        """The weight that stands for all traffic, 1..1000000; 100 when not set.

        Raises:
            FieldError: It is negative, or more than a backendRef can carry.
        """
        maximum = self.max_traffic_weight or DEFAULT_MAX_WEIGHT
        if not 0 < maximum <= MAX_BACKEND_WEIGHT:
            raise FieldError(
                f"{self}: {_CANARY}.trafficRouting.maxTrafficWeight",
                f" is {maximum}; a backendRef carries 1 to {MAX_BACKEND_WEIGHT}",
            )
        return maximum

    def loses_managed_routes(self) -> bool:
        """Whether a removal of all managed routes comes in the middle of the steps, when one was put in already."""
        at = self.step_index
        return not self.skips_steps and at < len(self.managed_steps) and any(self.managed_steps[: at + 1])

    def is_fully_promoted(self) -> bool:
        """Whether the newest version is the stable one, so that no canary is under way."""
        return self.stable_hash == self.current_hash

    def _ping_pong_services(self, names: PingPong) -> Services:
        if self.stable_is_ping:
            return Services(stable=names.ping, canary=names.pong)
        return Services(stable=names.pong, canary=names.ping)

    def _set(self, field: str) -> str:
        ping_pong = self.ping_pong or PingPong("", "")
        return {
            "stableService": self.stable_service,
            "canaryService": self.canary_service,
            "pingPong.pingService": ping_pong.ping,
            "pingPong.pongService": ping_pong.pong,
        }[field]
