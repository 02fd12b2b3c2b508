"""KEDA's operator and its metrics adapter, against a bed's API server. What they scale is not known here.

The operator takes a workload from zero and to zero by itself; between one and many it leaves it to an ordinary
HorizontalPodAutoscaler, which asks the adapter for metrics through the API server. KEDA's webhook is left out.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from typing import TYPE_CHECKING, Final, Self

from e2e.bed import binaries, waiting
from e2e.bed.kinds import RBAC
from e2e.bed.parts import MODULES, Part
from e2e.bed.ports import free_port, with_free_port
from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

MODULE: Final = "github.com/kedacore/keda/v2"
OPERATOR: Final = "keda-operator"
ADAPTER: Final = "keda-adapter"


def _part() -> Part:
    """As KEDA's own build does it, the release is linked in; without that the operator calls itself `main`."""
    folder = MODULES / "keda"
    found = re.search(rf"^\s*{re.escape(MODULE)} v(\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    assert found
    return Part(
        name="keda",
        module=folder,
        programs={OPERATOR: f"{MODULE}/cmd/operator", ADAPTER: f"{MODULE}/cmd/adapter"},
        flags=("-ldflags", f"-s -w -X={MODULE}/version.Version={found[1]}"),
    )


PART: Final = _part()
CRDS: Final = "config/crd/bases"
NAMESPACE: Final = "keda"
SERVICE: Final = "keda-metrics-apiserver"
METRICS_API: Final = "v1beta1.external.metrics.k8s.io"
READY: Final = 60.0  # seconds for each program, on two busy cores

# With its defaults the controller manager looks at autoscalers every 15 s, and shrinks nothing for 5 min.
QUICK_AUTOSCALERS: Final = (
    "--horizontal-pod-autoscaler-sync-period=1s",
    "--horizontal-pod-autoscaler-downscale-stabilization=2s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=0s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=0s",
)


def crds() -> Path:
    """The folder with KEDA's CRDs."""
    return binaries.module_folder(PART, MODULE) / CRDS


class Keda:
    """The two processes as an async context manager; the bed must have the CRDs, see `crds`."""

    def __init__(self, plane: ControlPlane) -> None:
        """Starts nothing yet."""
        self._plane = plane
        self._certificates = plane.folder / "keda"
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with self._stack:
            await self._start()
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def log(self) -> Path:
        """The operator's log."""
        return self._plane.layout.log(OPERATOR)

    async def _start(self) -> None:
        self._lay_out()
        await self._plane.create_namespace(NAMESPACE)
        metrics = await with_free_port(self._start_operator)
        port = await with_free_port(lambda port: self._start_adapter(port, metrics))
        for thing in (*_published(port), *_anyone_may_ask()):
            await self._plane.admin.apply(thing)
        await self._plane.admin.wait_until(
            "APIService", METRICS_API, None, _is_available, within=READY, what="Available"
        )

    def _lay_out(self) -> None:
        """The bed's certificate, under the names by which KEDA looks for its own.

        With its own rotation it would write a Secret, exit, and expect to be started again.
        """
        self._certificates.mkdir()
        layout = self._plane.layout
        for source, name in (
            (layout.certificate, "ca.crt"),
            (layout.certificate, "tls.crt"),
            (layout.key, "tls.key"),
        ):
            shutil.copy(source, self._certificates / name)

    async def _start_operator(self, port: int) -> int:
        """On this port it tells of its health; the one returned is for the adapter."""
        metrics = free_port()
        command = self._command(
            OPERATOR,
            f"--cert-dir={self._certificates}",
            "--enable-cert-rotation=false",
            "--enable-webhook-patching=false",
            "--enable-apiservice-patching=false",
            "--metrics-bind-address=0",
            f"--health-probe-bind-address=127.0.0.1:{port}",
            f"--metrics-service-bind-address=127.0.0.1:{metrics}",
        )
        await self._run(command, f"http://127.0.0.1:{port}/readyz")
        return metrics

    async def _start_adapter(self, port: int, metrics: int) -> int:
        """It serves on this port. Its own metrics listen on all interfaces: they have no flag for an address."""
        kubeconfig = self._plane.kubeconfig("admin")
        own = free_port()
        command = self._command(
            ADAPTER,
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            f"--tls-cert-file={self._certificates / 'tls.crt'}",
            f"--tls-private-key-file={self._certificates / 'tls.key'}",
            f"--cert-dir={self._certificates}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--lister-kubeconfig={kubeconfig}",
            "--authentication-skip-lookup",
            f"--metrics-service-address=127.0.0.1:{metrics}",
            f"--port={own}",
        )
        await self._run(command, f"http://127.0.0.1:{own}/metrics")
        return port

    async def _run(self, command: Command, asked: str) -> None:
        async with contextlib.AsyncExitStack() as stack:
            process = await stack.enter_async_context(Process(command))
            await process.until(
                lambda: waiting.answers(asked), within=READY, what=f"{command.name} answers {asked}"
            )
            self._stack.push_async_exit(stack.pop_all())

    def _command(self, name: str, *arguments: str) -> Command:
        return Command(
            name=name,
            program=binaries.build(PART).programs[name],
            arguments=arguments,
            log=self._plane.layout.log(name),
            folder=self._certificates,
            environment={
                "KUBECONFIG": str(self._plane.kubeconfig("admin")),
                "POD_NAMESPACE": NAMESPACE,
                "POD_NAME": name,
                "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
                "WATCH_NAMESPACE": "",
            },
        )


def _published(port: int) -> tuple[Object, Object]:
    """The adapter as a part of the API: an aggregated one, behind a Service that is a name for this machine."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": NAMESPACE},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
    }
    version, _, group = METRICS_API.partition(".")
    api = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": METRICS_API},
        "spec": {
            "group": group,
            "version": version,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": SERVICE, "namespace": NAMESPACE, "port": port},
        },
    }
    return service, api


def _anyone_may_ask() -> tuple[Object, Object]:
    """The API server has no certificate to show the adapter, so that takes it for nobody in particular."""
    role = {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": "external-metrics"},
        "rules": [
            {"apiGroups": [METRICS_API.partition(".")[2]], "resources": ["*"], "verbs": ["get", "list"]},
            {"nonResourceURLs": ["/apis", "/apis/*"], "verbs": ["get"]},
        ],
    }
    group = RBAC.split("/")[0]
    binding = {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": role["metadata"],
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "external-metrics"},
        "subjects": [{"apiGroup": group, "kind": "Group", "name": "system:unauthenticated"}],
    }
    return role, binding


def _is_available(api: Object) -> bool:
    conditions = api.get("status", {}).get("conditions", ())
    return any((each["type"], each["status"]) == ("Available", "True") for each in conditions)
