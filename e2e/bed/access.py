"""Grants: which identity is bound to which ClusterRole. The roles' rules come from manifests, never from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.bed import waiting
from e2e.bed.api import load
from e2e.bed.errors import BedError
from e2e.bed.kinds import RBAC, Object

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.bed.api import Api

EFFECTIVE = (
    10.0  # seconds in which the API server's authorizer has seen a binding; it takes some milliseconds
)


def binding(role: str, user: str, namespace: str | None = None) -> Object:
    """A ClusterRole for a user, everywhere or in one namespace."""
    place: Object = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": f"{role}-to-{user}", **place},
        "roleRef": {"apiGroup": RBAC.split("/")[0], "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": RBAC.split("/")[0], "kind": "User", "name": user}],
    }


async def install_role(api: Api, file: Path, role: str) -> None:
    """Applies the one ClusterRole of this name out of a manifest file, whatever else the file holds."""
    found = [
        thing for thing in load(file) if (thing["kind"], thing["metadata"]["name"]) == ("ClusterRole", role)
    ]
    if not found:
        raise BedError(f"{file} has no ClusterRole {role}")
    await api.apply(found[0])


async def grant(api: Api, role: str, user: str, namespace: str | None = None) -> None:
    """Binds the role and returns when the API server acts by it."""
    await api.apply(binding(role, user, namespace))
    await _until_allowed(api, role, user, namespace, wanted=True)


async def revoke(api: Api, role: str, user: str, namespace: str | None = None) -> None:
    """Removes the binding and returns when the API server acts by that."""
    bound = binding(role, user, namespace)
    await api.delete(bound["kind"], bound["metadata"]["name"], namespace)
    everywhere = binding(role, user)
    if await api.find(everywhere["kind"], everywhere["metadata"]["name"]) is None:
        await _until_allowed(api, role, user, namespace, wanted=False)


async def _until_allowed(api: Api, role: str, user: str, namespace: str | None, *, wanted: bool) -> None:
    """Asks about the first thing that the role allows."""
    rule = (await api.get("ClusterRole", role))["rules"][0]
    question = {
        "group": rule["apiGroups"][0],
        "resource": rule["resources"][0],
        "verb": rule["verbs"][0],
        "namespace": namespace or "",
    }

    async def ask() -> bool | None:
        return True if await _allowed(api, user, question) is wanted else None

    await waiting.until(ask, within=EFFECTIVE, what=f"{role} for {user}: {wanted}")


async def _allowed(api: Api, user: str, question: Object) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {"name": ""},
        "spec": {"user": user, "resourceAttributes": question},
    }
    return bool((await api.create(review))["status"]["allowed"])
