"""The real command as a child process, started as the controller starts it. No assertion lives here."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 20.0  # seconds; only a broken plugin takes them
HOST = {"ARGO_ROLLOUTS_RPC_PLUGIN": "trafficrouter", "PLUGIN_PROTOCOL_VERSIONS": "1"}


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A child's environment: the host's variables, nothing of a cluster, sockets in `folder`."""
    quiet = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KUBE", "PYTEST", "ROLLOUTS_ROUTER", "PLUGIN_"))
    }
    return {**quiet, **HOST, "TMPDIR": str(folder), "HOME": str(folder), **(extra or {})}


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that is gone."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass(slots=True)
class Spawned:
    """A running child; its stderr is read from the start, as the host does."""

    process: asyncio.subprocess.Process
    line: bytes
    reading: asyncio.Task[bytes]

    @property
    def path(self) -> Path:
        """The socket that the handshake line names."""
        return Path(self.line.split(b"|")[3].decode())

    async def end(self) -> Ended:
        """Wait for the child's end, without helping it along."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            rest = await self.process.stdout.read()
            errors = await self.reading
            return Ended(await self.process.wait(), self.line + rest, errors)


@asynccontextmanager
async def spawned(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, program: tuple[str, ...] = ()
) -> AsyncIterator[Spawned]:
    """Start the command and read its first line; it is killed in the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(program or ("-m", "rollouts_router")),
        *arguments,
        env=environment(folder) if env is None else dict(env),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(process.stderr.read())
            async with asyncio.timeout(PATIENCE):
                line = await process.stdout.readline()
            yield Spawned(process, line, reading)
            if process.returncode is None:
                process.kill()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run the command to its end."""
    async with spawned(folder, *arguments, env=env) as child:
        return await child.end()
