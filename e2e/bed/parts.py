"""The table of what the bed can build: one row a Go module. How it is built is not known here.

A row for a program of one's own (a Go test host, say) needs no entry in this file: make a `Part` where it is
used and hand it to `binaries.build`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULES = Path(__file__).parent / "modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A folder with go.mod and go.sum, and the programs to build from it: binary name to Go package.

    `flags` go to `go build` besides the usual ones: -modfile, say, where several parts share a folder.
    """

    name: str
    module: Path
    programs: Mapping[str, str] = field(default_factory=dict, hash=False)
    flags: tuple[str, ...] = ()


ETCD = Part(name="etcd", module=MODULES / "etcd", programs={"etcd": "go.etcd.io/etcd/server/v3"})
KUBERNETES = Part(
    name="kubernetes",
    module=MODULES / "kubernetes",
    programs={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    },
)
KWOK = Part(name="kwok", module=MODULES / "kwok", programs={"kwok": "sigs.k8s.io/kwok/cmd/kwok"})
ROLLOUTS = Part(
    name="rollouts",
    module=MODULES / "rollouts",
    programs={
        "rollouts-controller": "github.com/argoproj/argo-rollouts/cmd/rollouts-controller",
        "kubectl-argo-rollouts": "github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts",
    },
)
GATEWAY_API = Part(name="gateway-api", module=MODULES / "gateway-api")

PARTS: Mapping[str, Part] = {part.name: part for part in (ETCD, KUBERNETES, KWOK, ROLLOUTS, GATEWAY_API)}
