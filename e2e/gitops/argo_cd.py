"""Argo CD's own code as two functions: is this object out of sync, and what does a sync make of it."""

from __future__ import annotations

import asyncio
import functools
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec

from e2e.bed import binaries
from e2e.bed.errors import BedError
from e2e.bed.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from e2e.bed.control_plane import ControlPlane
    from e2e.bed.kinds import Object

NAMESPACE: Final = "argocd"
SETTINGS: Final = "argocd-cm"
LIMIT: Final = 120.0  # seconds for one answer; the first waits for the cluster's schemas
LONGEST_ANSWER: Final = 16 << 20  # bytes
ENGINE: Final = Part(
    name="argo-cd-engine", module=Path(__file__).with_name("engine"), programs={"engine": "."}
)


class EngineError(BedError):
    """The engine refused; the text is what it said."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What engine/main.go writes: the verdict, or how a sync ended."""

    out_of_sync: bool
    phase: str = ""
    message: str = ""
    error: str = ""


class ArgoCD:
    """A running engine, as an async context manager. It remembers nothing from one question to the next."""

    def __init__(self, plane: ControlPlane) -> None:
        """Starts nothing yet."""
        self._plane = plane

    async def __aenter__(self) -> Self:
        built = await asyncio.to_thread(program)
        self._engine = await asyncio.create_subprocess_exec(
            built,
            str(self._plane.kubeconfig("admin")),
            NAMESPACE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=LONGEST_ANSWER,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine.returncode is None:
            self._engine.kill()  # it holds nothing that needs an orderly end
        await self._engine.wait()

    async def set_settings(self, data: Mapping[str, str]) -> None:
        """The ConfigMap argocd-cm has exactly these keys from now on."""
        metadata = {
            "name": SETTINGS,
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "argocd"},
        }
        whole = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
        await self._plane.admin.apply(whole)

    async def is_out_of_sync(self, application: Object, git: Object, live: Object) -> bool:
        """Whether an application with this one object is out of sync."""
        return (await self._ask("compare", application, git, live)).out_of_sync

    async def sync(self, application: Object, git: Object, live: Object | None = None) -> Object:
        """Syncs an application with this one object, and returns what is stored after that.

        Raises:
            EngineError: The sync failed.
        """
        ended = await self._ask("sync", application, git, live)
        if ended.phase != "Succeeded":
            raise EngineError(f"the sync ended as {ended.phase}: {ended.message}")
        metadata = git["metadata"]
        return await self._plane.admin.get(git["kind"], metadata["name"], metadata["namespace"])

    async def _ask(self, do: str, application: Object, git: Object, live: Object | None) -> Answer:
        question = {"do": do, "application": application, "git": git, "live": live}
        assert self._engine.stdin is not None
        self._engine.stdin.write(json.dumps(question).encode() + b"\n")
        answer = msgspec.json.decode(await self._line(), type=Answer)
        if answer.error:
            raise EngineError(answer.error)
        return answer

    async def _line(self) -> bytes:
        assert self._engine.stdout is not None
        assert self._engine.stderr is not None
        async with asyncio.timeout(LIMIT):
            line = await self._engine.stdout.readline()
            if not line:
                raise EngineError((await self._engine.stderr.read()).decode(errors="replace"))
        return line


@functools.cache
def program() -> Path:
    """The engine, out of the bed's cache or built now. Blocks for many minutes on a cold cache."""
    return binaries.build(ENGINE).programs["engine"]
