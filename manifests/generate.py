"""Writes the roles' files: `python -m manifests.generate`, which is `make manifests`. A test holds them against it.

Which files there are and what stands at their heads is known here; what is in a role is `roles`' business.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from manifests.roles import Role, document, manifests
from rollouts_router.core.rights import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent
HELM_VALUES: Final = "argo-helm/rbac-values.yaml"

_ONE_NAMESPACE: Final = (
    "For one namespace: kubectl apply -n NAMESPACE -f this file, where the Rollouts, their routes and Services are. The"
    " account is that of a controller in the namespace argo-rollouts; name another one below if yours is elsewhere."
)
_ABOUT: Final[Mapping[Part, tuple[str, ...]]] = {
    Part.ROUTES: (
        (
            "What the router needs beside the controller's own rules: it runs as a child of the Argo Rollouts controller,"
            " under that ServiceAccount. No update, delete or watch, and nothing that is not said here."
        ),
    ),
    Part.EVENTS: (
        (
            "Only for Events on the Rollout, where the router acts as somebody else than the controller, whose own role has"
            " this rule. Without it the same sentences stand in the log alone, and nothing else depends on it."
        ),
    ),
    Part.GRANTS: (
        (
            "Only for routes that refer to Services of other namespaces: with this rule it is checked that a ReferenceGrant"
            " allows that before traffic is sent there. Without it nothing is checked, and nothing else depends on it."
        ),
    ),
    Part.MIRRORS: (
        (
            "Only for mirror steps: with these rules they are refused where the GatewayClass of a route's Gateway does not"
            " list RequestMirror among its supportedFeatures. Without them a warning says that this could not be checked"
            " (Traefik, which has no such filter, is known by the route's status and refused all the same). GatewayClasses"
            " have no namespace, so a RoleBinding does not give that part."
        ),
    ),
    Part.KEDA: (
        (
            "Only for Rollouts that KEDA scales (docs/keda.md): what the router needs beside its other rules to keep a"
            " canary's ScaledObject from zero and to put it back. Without it such a canary runs as if there were no keda"
            " block, with one warning. Nothing here reaches a number of replicas: no spec is written, no /scale, no delete,"
            " no update."
        ),
        "The controller's own role has the rest: get on rollouts, list on replicasets.",
    ),
    Part.SERVE: (
        (
            "What `rollouts-router serve --token-auth` or `--client-ca` needs beside rbac.yaml: to ask who calls and what he"
            " may do, and to read the Rollouts that calls refer to. Bind both ClusterRoles to the account of the server."
        ),
        (
            "Callers need rights of their own, for the server does nothing for anybody that he may not do himself: `get` on"
            " the Rollout, `get` on its routes if they are named or `list` if they are selected, and to change something"
            " `patch` on them. rbac.yaml's ClusterRole with the rule for rollouts below, in a RoleBinding to the caller,"
            " gives just that."
        ),
    ),
}


def files() -> dict[str, str]:
    """The text of each generated file, by its path below this folder."""
    texts = {
        "rbac.yaml": document(_everywhere(Part.ROUTES)),
        "rbac-keda.yaml": document(_everywhere(Part.KEDA)),
        "serve-rbac.yaml": document(Role(part=Part.SERVE, about=_ABOUT[Part.SERVE], bound=False)),
        HELM_VALUES: _helm_values(_everywhere(Part.ROUTES)),
    }
    for name, part in COMPONENTS.items():
        texts[f"components/{name}/rbac.yaml"] = document(_everywhere(part))
    for name, part in NAMESPACED.items():
        texts[f"components/{name}-namespaced/rbac.yaml"] = document(_in_a_namespace(part))
    return texts


COMPONENTS: Final[Mapping[str, Part]] = {
    "rbac": Part.ROUTES,
    "events": Part.EVENTS,
    "grants": Part.GRANTS,
    "mirrors": Part.MIRRORS,
    "keda": Part.KEDA,
}
NAMESPACED: Final[Mapping[str, Part]] = {
    name: part
    for name, part in COMPONENTS.items()
    if part is not Part.MIRRORS  # GatewayClasses have none
}


def _everywhere(part: Part) -> Role:
    return Role(part=part, about=_ABOUT[part])


def _in_a_namespace(part: Part) -> Role:
    return Role(part=part, about=(*_ABOUT[part], _ONE_NAMESPACE), everywhere=False)


def _helm_values(role: Role) -> str:
    """The same objects as values of the chart argo-rollouts."""
    listed = (textwrap.indent(text, "    ").replace("    ", "  - ", 1) for text in manifests(role))
    return (
        "# Values of the chart argo/argo-rollouts: the rights of manifests/rbac.yaml as extra objects of the release. The\n"
        "# account is that of a release named argo-rollouts in the namespace argo-rollouts.\n"
        "#\n"
        "# Generated from plugin/rollouts_router/core/rights.py by `make manifests`: edit that.\n"
        "extraObjects:\n" + "".join(listed)
    )


if __name__ == "__main__":
    for path, text in files().items():
        (FOLDER / path).write_text(text)
