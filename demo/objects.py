"""The objects of the demo: a Gateway, the two Services of a Rollout with their endpoints, and its routes."""

from collections.abc import Iterator, Mapping
from typing import Final

from demo.api.kinds import GATEWAY_GROUP
from demo.api.refusals import Json
from demo.records import CANARY, LABELS, NAMESPACE, STABLE
from demo.scenes import WAYS, Way

LOOPBACK: Final = "127.0.0.1"
GATEWAY: Final = "edge"
CONTROLLER: Final = "traefik.io/gateway-controller"
ROUTE_VERSIONS: Final = {"HTTPRoute": "v1", "TCPRoute": "v1alpha2"}

Ports = Mapping[str, int]
"""A port of loopback for each protocol."""


def everything(listeners: Ports, services: Mapping[str, Ports]) -> Iterator[Json]:
    """All objects in the order of their creation.

    Args:
        listeners: Where the gateway listens.
        services: Where the pods of each Service listen.
    """
    for name in ("default", NAMESPACE):
        yield _made("v1", "Namespace", name, namespace="", labels={"kubernetes.io/metadata.name": name})
    for name, ports in services.items():
        yield _service(name)
        yield _endpoints(name, ports)
    yield _gateway_class()
    yield _gateway(listeners)
    yield from map(route, WAYS)


def route(way: Way) -> Json:
    """A route that has never seen a canary."""
    rule: Json = {"backendRefs": [_ref(STABLE, way, 100), _ref(CANARY, way, 0)]}
    spec: Json = {"parentRefs": [{"name": GATEWAY, "sectionName": way.protocol}], "rules": [rule]}
    if way.protocol == "http":
        spec["hostnames"] = [way.host]
        # The CRD would fill this in; there are no CRDs here, and Traefik relies on it.
        rule["matches"] = [{"path": {"type": "PathPrefix", "value": "/"}}]
    version = f"{GATEWAY_GROUP}/{ROUTE_VERSIONS[way.kind]}"
    return _made(version, way.kind, way.name, labels=LABELS, spec=spec)


def canary_weight(a_route: Json) -> int:
    """The canary's weight on a route, in percent of the rule's."""
    weights: dict[str, int] = {
        ref["name"]: ref["weight"] for ref in a_route["spec"]["rules"][0]["backendRefs"]
    }
    return round(100 * weights[CANARY] / max(sum(weights.values()), 1))


def _ref(name: str, way: Way, weight: int) -> Json:
    return {"group": "", "kind": "Service", "name": name, "port": way.service_port, "weight": weight}


def _service(name: str) -> Json:
    ports = {way.protocol: way.service_port for way in WAYS}
    listed = [
        {"name": protocol, "port": port, "targetPort": protocol, "protocol": "TCP"}
        for protocol, port in ports.items()
    ]
    return _made("v1", "Service", name, spec={"clusterIP": "None", "type": "ClusterIP", "ports": listed})


def _endpoints(service: str, ports: Ports) -> Json:
    """The pods of a Service: one, on loopback, which a real API server would refuse in an EndpointSlice."""
    slices = _made(
        "discovery.k8s.io/v1", "EndpointSlice", f"{service}-1", labels={"kubernetes.io/service-name": service}
    )
    listed = [{"name": name, "port": port, "protocol": "TCP"} for name, port in ports.items()]
    endpoint = {"addresses": [LOOPBACK], "conditions": {"ready": True, "serving": True}}
    return {**slices, "addressType": "IPv4", "ports": listed, "endpoints": [endpoint]}


def _gateway_class() -> Json:
    spec = {"controllerName": CONTROLLER}
    return _made(f"{GATEWAY_GROUP}/v1", "GatewayClass", GATEWAY, namespace="", spec=spec)


def _gateway(listeners: Ports) -> Json:
    listed = [
        {
            "name": name,
            "protocol": name.upper(),
            "port": port,
            "allowedRoutes": {"namespaces": {"from": "Same"}},
        }
        for name, port in listeners.items()
    ]
    spec = {"gatewayClassName": GATEWAY, "listeners": listed}
    return _made(f"{GATEWAY_GROUP}/v1", "Gateway", GATEWAY, spec=spec)


def _made(
    version: str,
    kind: str,
    name: str,
    *,
    namespace: str = NAMESPACE,
    labels: Mapping[str, str] | None = None,
    spec: Json | None = None,
) -> Json:
    space = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, **space, "labels": dict(labels or {})},
        **({} if spec is None else {"spec": spec}),
    }
