"""A cluster in which all is well: the install, one Rollout of which no canary is under way, its route and gateway."""

from typing import Any

from tests.doctor.cluster import FakeCluster, Json

from rollouts_router.core.config import PLUGIN_NAME
from rollouts_router.core.kinds import GROUP, KINDS

SYSTEM = "argo-rollouts"
EARLY, LATE = "2026-11-01T08:00:00Z", "2026-11-01T09:00:00Z"
PODS = {"app": "web"}
HASH = {"rollouts-pod-template-hash": "aaa"}
TARGET = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web"}
ENTRY = f"- name: {PLUGIN_NAME}\n  location: file:///plugins/rollouts-router\n"


def served() -> dict[str, dict[str, tuple[str, ...]]]:
    """What a cluster with everything serves."""
    routes = {kind.plural: kind.versions[:1] for kind in KINDS}
    gateways = {"gateways": ("v1",), "gatewayclasses": ("v1",), "referencegrants": ("v1",)}
    return {
        "": dict.fromkeys(("configmaps", "pods", "services"), ("v1",)),
        "apps": {"deployments": ("v1",)},
        "apiextensions.k8s.io": {"customresourcedefinitions": ("v1",)},
        "authorization.k8s.io": {
            "subjectaccessreviews": ("v1",),
            "selfsubjectaccessreviews": ("v1",),
        },
        "autoscaling": {"horizontalpodautoscalers": ("v2",)},
        "argoproj.io": dict.fromkeys(
            ("rollouts", "analysistemplates", "clusteranalysistemplates", "applications"), ("v1alpha1",)
        ),
        "keda.sh": {"scaledobjects": ("v1alpha1",)},
        "kustomize.toolkit.fluxcd.io": {"kustomizations": ("v1",)},
        GROUP: {**routes, **gateways},
    }


def good() -> FakeCluster:
    """All is well."""
    cluster = FakeCluster(groups=served())
    cluster.add("configmaps", config_map())
    cluster.add("deployments", deployment())
    cluster.add("pods", pod())
    for plural in ("httproutes", "grpcroutes"):
        cluster.add("customresourcedefinitions", definition(plural))
    for name in ("stable", "canary"):
        cluster.add("services", service(name))
    cluster.add("gateways", thing("gateway", spec={"gatewayClassName": "class"}))
    cluster.add("gatewayclasses", gateway_class("HTTPRoute", "HTTPRouteRequestMirror"))
    cluster.add("httproutes", route("web"))
    cluster.add("rollouts", rollout("web", {"httpRoute": "web"}))
    return cluster


def thing(name: str, namespace: str = "shop", /, **fields: Any) -> Json:
    """Any object."""
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **fields}


def config_map(text: str = ENTRY, changed: str = EARLY) -> Json:
    """The list of plugins."""
    made = thing("argo-rollouts-config", SYSTEM, data={"trafficRouterPlugins": text})
    fields = {"f:data": {"f:trafficRouterPlugins": {}}}
    made["metadata"]["managedFields"] = [{"manager": "kubectl", "time": changed, "fieldsV1": fields}]
    return made


def deployment(image: str = "quay.io/argoproj/argo-rollouts:v1.10.1") -> Json:
    """The controller."""
    container = {
        "name": "argo-rollouts",
        "image": image,
        "securityContext": {"readOnlyRootFilesystem": True},
        "volumeMounts": [{"mountPath": "/plugins"}, {"mountPath": "/home/argo-rollouts/plugin-bin"}],
    }
    return thing(
        "argo-rollouts",
        SYSTEM,
        spec={
            "selector": {"matchLabels": {"app": "argo-rollouts"}},
            "template": {"spec": {"serviceAccountName": "argo-rollouts", "containers": [container]}},
        },
        status={"availableReplicas": 1},
    )


def pod(started: str = LATE) -> Json:
    """The controller's pod."""
    made = thing(
        "argo-rollouts-0",
        SYSTEM,
        status={
            "startTime": EARLY,
            "containerStatuses": [{"state": {"running": {"startedAt": started}}}],
        },
    )
    made["metadata"]["labels"] = {"app": "argo-rollouts"}
    return made


def definition(plural: str, version: str = "v1.6.1", channel: str = "standard") -> Json:
    """A CRD."""
    made = thing(f"{plural}.{GROUP}", "")
    made["metadata"]["annotations"] = {f"{GROUP}/bundle-version": version, f"{GROUP}/channel": channel}
    return made


def service(name: str, namespace: str = "shop") -> Json:
    """A Service that the controller has narrowed."""
    return thing(name, namespace, spec={"selector": PODS | HASH, "ports": [{"port": 80}]})


def gateway_class(*features: str) -> Json:
    """A GatewayClass with a list of features."""
    listed = [{"name": each} for each in features]
    return thing("class", "", spec={"controllerName": "example.com/gw"}, status={"supportedFeatures": listed})


def backend(name: str, weight: int | None = None, **fields: Any) -> Json:
    """A backendRef."""
    return {"name": name, "port": 80, **({} if weight is None else {"weight": weight}), **fields}


def rule(stable: int = 100, canary: int = 0, **fields: Any) -> Json:
    """A rule with both."""
    return {"backendRefs": [backend("stable", stable), backend("canary", canary)], **fields}


def route(name: str, *rules: Json, namespace: str = "shop", **metadata: Any) -> Json:
    """A route that its Gateway has taken."""
    conditions = [
        {"type": kind, "status": "True", "reason": kind, "observedGeneration": 3}
        for kind in ("Accepted", "ResolvedRefs")
    ]
    parent = {"parentRef": {"name": "gateway"}, "controllerName": "example.com/gw", "conditions": conditions}
    made = thing(
        name,
        namespace,
        spec={"parentRefs": [{"name": "gateway"}], "rules": list(rules) or [rule()]},
        status={"parents": [parent]},
    )
    made["metadata"] |= {"generation": 3, "uid": "u", "resourceVersion": "7", **metadata}
    return made


def rollout(name: str, block: Json | None, *steps: Json, **canary: Any) -> Json:
    """A Rollout at its end; without a block it has no plugin."""
    plugins = {} if block is None else {PLUGIN_NAME: block}
    strategy = {
        "stableService": "stable",
        "canaryService": "canary",
        "trafficRouting": {"plugins": plugins},
        "steps": list(steps) or [{"setWeight": 20}, {"pause": {}}],
        **canary,
    }
    made = thing(
        name,
        apiVersion="argoproj.io/v1alpha1",
        kind="Rollout",
        spec={
            "replicas": 2,
            "template": {"metadata": {"labels": PODS}},
            "strategy": {"canary": strategy},
        },
        status={
            "phase": "Healthy",
            "observedGeneration": "4",
            "stableRS": "aaa",
            "currentPodHash": "aaa",
        },
    )
    made["metadata"] |= {"generation": 4, "uid": "uid-1"}
    return made


def scaled(name: str = "so", *, spec: Json | None = None, hpa: str = "", **annotations: str) -> Json:
    """A ScaledObject that drives the Rollout; annotations with dashes for underscores."""
    made = thing(
        name,
        spec={"scaleTargetRef": TARGET, "minReplicaCount": 1, **(spec or {})},
        status={"hpaName": hpa},
    )
    made["metadata"]["annotations"] = {
        f"autoscaling.keda.sh/{key.replace('_', '-')}": value for key, value in annotations.items()
    }
    return made


def autoscaler(name: str, version: str = "", target: Json | None = None) -> Json:
    """A HorizontalPodAutoscaler; of KEDA's when it tells a release."""
    made = thing(name, spec={"scaleTargetRef": target or TARGET})
    if version:
        made["metadata"]["labels"] = {"app.kubernetes.io/version": version}
        made["metadata"]["ownerReferences"] = [{"kind": "ScaledObject", "name": "so"}]
    return made
