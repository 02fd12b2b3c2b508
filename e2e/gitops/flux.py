"""Flux's own kustomize-controller on a bed, fed by a source that is not Flux's: an archive on a loopback port.

The controller watches three kinds of sources and reads one, a GitRepository, whose status says where the archive is.
Fetching from Git is nothing that a recipe depends on, so the source-controller is not run.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from e2e.bed import binaries, waiting
from e2e.bed.errors import BedError
from e2e.bed.kinds import Kind
from e2e.bed.parts import Part
from e2e.bed.ports import free_port, with_free_port
from e2e.bed.processes import Command, Process

if TYPE_CHECKING:
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

PROGRAM: Final = "kustomize-controller"
MODULE: Final = "github.com/fluxcd/kustomize-controller"
FLUX: Final = Part(name="flux", module=Path(__file__).parent / "modules" / "flux", programs={PROGRAM: MODULE})
SOURCES: Final = "source.toolkit.fluxcd.io"
KUSTOMIZATION: Final = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "kustomizations")
REPOSITORY: Final = Kind(f"{SOURCES}/v1", "GitRepository", "gitrepositories")
UNREAD: Final = (
    Kind(f"{SOURCES}/v1", "OCIRepository", "ocirepositories"),
    Kind(f"{SOURCES}/v1", "Bucket", "buckets"),
)
REQUESTED: Final = "reconcile.fluxcd.io/requestedAt"
READY: Final = 60.0  # seconds
RECONCILED: Final = 60.0  # seconds for one reconcile; it takes one
LONG_AGO: Final = "2026-01-01T00:00:00Z"


class FluxError(BedError):
    """The controller reports a failure; the text is its own."""


class Flux:
    """The controller as an async context manager. It acts as the bed's admin, as Flux does unless told otherwise."""

    def __init__(self, plane: ControlPlane) -> None:
        """Starts nothing yet."""
        self._plane = plane
        self._archives: dict[str, bytes] = {}
        self._revisions: dict[tuple[str, str], str] = {}

    async def __aenter__(self) -> Self:
        folder = binaries.module_folder(FLUX, MODULE) / "config" / "crd" / "bases"
        crds = self._plane.folder / "sources.yaml"
        crds.write_text("\n---\n".join(json.dumps(_crd(kind)) for kind in (REPOSITORY, *UNREAD)))
        await self._plane.install(folder, crds)
        application = web.Application()
        application.router.add_get("/{name}", self._archive)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        self._port = free_port()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._process = await with_free_port(self._start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.stop()
        await self._runner.cleanup()

    async def commit(self, repository: str, namespace: str, *manifests: Object) -> None:
        """Git holds these manifests now, and Flux has fetched them."""
        packed = _packed(manifests)
        digest = hashlib.sha256(packed).hexdigest()
        name = f"{digest}.tar.gz"
        self._archives[name] = packed
        admin = self._plane.admin
        path = REPOSITORY.path(None, namespace)
        if await admin.find(REPOSITORY, repository, namespace) is None:
            metadata = {"name": repository, "namespace": namespace}
            made = {"apiVersion": REPOSITORY.version, "kind": REPOSITORY.name, "metadata": metadata}
            await admin.request("POST", path, body={**made, "spec": {}})
        revision = self._revisions[repository, namespace] = f"main@sha1:{digest[:40]}"
        artifact = {
            "url": f"http://127.0.0.1:{self._port}/{name}",
            "path": name,
            "digest": f"sha256:{digest}",
            "revision": revision,
            "size": len(packed),
            "lastUpdateTime": LONG_AGO,
        }
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "",
            "lastTransitionTime": LONG_AGO,
        }
        status = {"status": {"artifact": artifact, "conditions": [ready]}}
        await admin.merge_patch(REPOSITORY, repository, namespace, status, subresource="status")

    async def save(self, kustomization: Object) -> None:
        """Creates the Kustomization; a field that its CRD does not know is an error."""
        path = KUSTOMIZATION.path(None, kustomization["metadata"]["namespace"])
        await self._plane.admin.request("POST", path, body=kustomization, query={"fieldValidation": "Strict"})

    async def reconcile(self, name: str, namespace: str) -> None:
        """One more reconcile, of the latest commit to the repository of that name, as at the end of an interval.

        Raises:
            FluxError: It failed.
        """
        stamp = uuid.uuid4().hex
        revision = self._revisions[name, namespace]
        asked = {"metadata": {"annotations": {REQUESTED: stamp}}}
        await self._plane.admin.merge_patch(KUSTOMIZATION, name, namespace, asked)

        async def ask() -> Object | None:
            found = await self._plane.admin.get(KUSTOMIZATION, name, namespace)
            return _verdict(found.get("status", {}), stamp, revision)

        verdict: Object = await self._process.until(
            ask, within=RECONCILED, what=f"an end of a reconcile of {namespace}/{name}"
        )
        if verdict["status"] != "True":
            raise FluxError(verdict["message"])

    async def _start(self, port: int) -> Process:
        command = Command(
            name=PROGRAM,
            program=binaries.build(FLUX).programs[PROGRAM],
            arguments=(
                f"--health-addr=127.0.0.1:{port}",
                f"--metrics-addr=127.0.0.1:{free_port()}",
                "--watch-all-namespaces",
                "--events-addr=",
            ),
            log=self._plane.layout.log(PROGRAM),
            folder=self._plane.folder,
            environment={
                "KUBECONFIG": str(self._plane.kubeconfig("admin")),
                "RUNTIME_NAMESPACE": "default",
            },
        )

        async def ready() -> bool | None:
            return await waiting.answers(f"http://127.0.0.1:{port}/readyz")

        process = Process(command)
        process.start()
        try:
            await process.until(ready, within=READY, what=f"{PROGRAM} is ready")
        except BaseException:
            await process.stop()
            raise
        return process

    async def _archive(self, request: web.Request) -> web.Response:
        return web.Response(body=self._archives[request.match_info["name"]])


def _verdict(status: Object, stamp: str, revision: str) -> Object | None:
    """The condition Ready of a reconcile that is over and was about this request and revision."""
    done = (status.get("lastHandledReconcileAt"), status.get("lastAttemptedRevision")) == (stamp, revision)
    conditions = {each["type"]: each for each in status.get("conditions", ())}
    ready: Object = conditions.get("Ready", {})
    # After a failure it goes on "Reconciling" until the next try.
    is_over = ready.get("status") == "False" or (
        ready.get("status") == "True" and "Reconciling" not in conditions
    )
    return ready if done and is_over else None


def _packed(manifests: tuple[Object, ...]) -> bytes:
    """An archive with one file of all manifests."""
    text = "\n---\n".join(json.dumps(each) for each in manifests).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("manifests.yaml")
        entry.size = len(text)
        entry.mode = 0o644
        archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def _crd(kind: Kind) -> Object:
    """The least CRD under which objects of a kind can be stored and watched."""
    group, version = kind.version.split("/")
    names = {"kind": kind.name, "listKind": f"{kind.name}List", "plural": kind.plural}
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": anything},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {**names, "singular": kind.name.lower()},
            "versions": [served],
        },
    }
