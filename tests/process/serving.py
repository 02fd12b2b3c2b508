"""`rollouts-router serve` as a child process, and clients of it. No assertion lives here."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from tests.transports.standalone.served import Bell

PATIENCE = 20.0  # seconds; only a broken server takes them


def environment(folder: Path, kubeconfig: Path | None = None) -> dict[str, str]:
    """A child's environment, with nothing of a cluster but what is given."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("KUBE", "PYTEST"))}
    return {**quiet, "HOME": str(folder), **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {})}


@dataclass
class Serving:
    """A running server."""

    process: asyncio.subprocess.Process
    where: str
    log: list[Mapping[str, Any]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    async def says(self, **values: object) -> None:
        """Wait for a line of its log with these values."""
        await self.bell.until(lambda: any(values.items() <= line.items() for line in self.log))

    def channel(
        self, credentials: grpc.ChannelCredentials | None = None, *options: tuple[str, Any]
    ) -> grpc.aio.Channel:
        """A client with a connection of its own."""
        own = [("grpc.use_local_subchannel_pool", 1), *options]
        if credentials is None:
            return grpc.aio.insecure_channel(self.where, options=own)
        return grpc.aio.secure_channel(self.where, credentials, options=own)

    def peak_memory(self) -> int:
        """Bytes of memory it has had at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])

    async def ended(self, signal_: int) -> int:
        """Send a signal and wait for the exit status."""
        self.process.send_signal(signal_)
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@asynccontextmanager
async def serving(folder: Path, *arguments: str, kubeconfig: Path | None = None) -> AsyncIterator[Serving]:
    """Serve until the block ends; the child is killed then if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rollouts_router", "serve", "--log-format", "json", *arguments),
        env=environment(folder, kubeconfig),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    server = Serving(process, "")
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.where:
                line = json.loads(await process.stderr.readline())
                server.log.append(line)
                server.where = line.get("listen", "") if line["@message"] == "serving" else ""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(process.stderr, server))
            yield server
            if process.returncode is None:
                process.kill()
            await reading
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _read(stderr: asyncio.StreamReader, server: Serving) -> None:
    while line := await stderr.readline():
        server.log.append(json.loads(line))
        server.bell.ring()


async def refused(folder: Path, *arguments: str) -> tuple[int | None, str]:
    """Run a command that must not serve: its exit status and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rollouts_router", "serve", *arguments),
        env=environment(folder),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, " ".join(said.decode().split())
