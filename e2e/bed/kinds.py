"""The table of Kubernetes kinds that tests touch: API version, plural, and whether they live in a namespace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object, or a part of one: untyped JSON, named once."""

GATEWAY = "gateway.networking.k8s.io/v1"
ROLLOUTS = "argoproj.io/v1alpha1"
RBAC = "rbac.authorization.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is addressed."""

    version: str
    name: str
    plural: str
    namespaced: bool = True

    def path(
        self, name: str | None = None, namespace: str | None = None, subresource: str | None = None
    ) -> str:
        """The URL path of one object, or of the collection."""
        root = "/apis" if "/" in self.version else "/api"
        place = ("namespaces", namespace) if namespace and self.namespaced else ()
        return "/".join(part for part in (root, self.version, *place, self.plural, name, subresource) if part)


KINDS = (
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Event", "events"),
    Kind("v1", "Namespace", "namespaces", namespaced=False),
    Kind("v1", "Node", "nodes", namespaced=False),
    Kind("v1", "Pod", "pods"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False),
    Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
    Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False),
    Kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False),
    Kind("authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", namespaced=False),
    Kind(RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(RBAC, "Role", "roles"),
    Kind(RBAC, "RoleBinding", "rolebindings"),
    Kind(ROLLOUTS, "AnalysisRun", "analysisruns"),
    Kind(ROLLOUTS, "AnalysisTemplate", "analysistemplates"),
    Kind(ROLLOUTS, "Experiment", "experiments"),
    Kind(ROLLOUTS, "Rollout", "rollouts"),
    Kind(GATEWAY, "GatewayClass", "gatewayclasses", namespaced=False),
    Kind(GATEWAY, "Gateway", "gateways"),
    Kind(GATEWAY, "ReferenceGrant", "referencegrants"),
    Kind(GATEWAY, "HTTPRoute", "httproutes"),
    Kind(GATEWAY, "GRPCRoute", "grpcroutes"),
    Kind(GATEWAY, "TCPRoute", "tcproutes"),
    Kind(GATEWAY, "TLSRoute", "tlsroutes"),
    Kind(GATEWAY, "UDPRoute", "udproutes"),
    Kind("keda.sh/v1alpha1", "ScaledObject", "scaledobjects"),
    Kind("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", "envoyproxies"),
)  # fmt: skip

_BY_NAME = {name: kind for kind in KINDS for name in (kind.name, kind.plural)}


def kind_of(wanted: str | Kind, version: str | None = None) -> Kind:
    """The row for a kind or a plural, if asked for in another API version than the table's."""
    kind = wanted if isinstance(wanted, Kind) else _BY_NAME[wanted]
    return kind if version is None else replace(kind, version=version)
