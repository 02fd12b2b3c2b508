"""The text of a role and its binding, with the reasons of the table of rights as comments. Pure; no file is touched."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rollouts_router.core import rights
from rollouts_router.core.rights import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rollouts_router.core.rights import Right

RBAC: Final = "rbac.authorization.k8s.io"
NAME: Final = "rollouts-router"
ACCOUNT: Final = "argo-rollouts"
"""ServiceAccount and namespace of a stock controller, whose child the router is."""
WIDTH: Final = 118  # characters of a comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What is to be generated.

    Attributes:
        part: Whose rights.
        about: What stands at the head of the file; paragraphs.
        everywhere: Whether it holds in the whole cluster or, as a Role, in one namespace.
        bound: Whether it is bound to the controller's account.
    """

    part: Part
    about: tuple[str, ...]
    everywhere: bool = True
    bound: bool = True

    @property
    def name(self) -> str:
        """Of the role and of its binding."""
        return NAME if self.part is Part.ROUTES else f"{NAME}-{self.part.value}"

    @property
    def kind(self) -> str:
        """ClusterRole or Role."""
        return "ClusterRole" if self.everywhere else "Role"


def document(role: Role) -> str:
    """A YAML file with the role and its binding.

    Raises:
        ValueError: A right is on something that has no namespace, and the role holds in one alone.
    """
    head = [
        "Generated from plugin/rollouts_router/core/rights.py by `make manifests`: edit that.",
        *role.about,
    ]
    comment = "#\n".join(_commented(paragraph) for paragraph in head)
    return "---\n".join((comment + manifests(role)[0], *manifests(role)[1:]))


def manifests(role: Role) -> list[str]:
    """The same without the head, one text an object."""
    stuck = [right for right in rights.of(role.part) if not (right.namespaced or role.everywhere)]
    if stuck:
        raise ValueError(
            f"{role.name}: {', '.join(stuck[0].resources)} have no namespace: a Role cannot give them"
        )
    made = "".join((_header(role.kind, role), "rules:\n", *map(_rule, rights.of(role.part))))
    return [made, _binding(role)] if role.bound else [made]


def _header(kind: str, role: Role) -> str:
    return (
        f"apiVersion: {RBAC}/v1\n"
        f"kind: {kind}\n"
        "metadata:\n"
        f"  name: {role.name}\n"
        "  labels:\n"
        f"    app.kubernetes.io/name: {NAME}\n"
        "    app.kubernetes.io/part-of: argo-rollouts\n"
    )


def _rule(right: Right) -> str:
    reason = textwrap.indent(_commented(right.why), "  ") if right.why else ""
    return "".join((reason, *_fields(right)))


def _fields(right: Right) -> Iterator[str]:
    group = right.group or '""'
    yield f"  - apiGroups: [{group}]\n"
    yield f"    resources: [{', '.join(right.resources)}]\n"
    yield "    verbs:\n"
    for verb, use in right.verbs.items():
        yield f"      - {verb}" + (f" # {use}\n" if use else "\n")


def _binding(role: Role) -> str:
    return (
        _header(f"{role.kind}Binding", role) + "roleRef:\n"
        f"  apiGroup: {RBAC}\n"
        f"  kind: {role.kind}\n"
        f"  name: {role.name}\n"
        "subjects:\n"
        "  - kind: ServiceAccount\n"
        f"    name: {ACCOUNT}\n"
        f"    namespace: {ACCOUNT}\n"
    )


def _commented(paragraph: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(paragraph, WIDTH, break_on_hyphens=False))
