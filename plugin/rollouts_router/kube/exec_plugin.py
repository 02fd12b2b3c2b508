"""Runs a credential plugin of a kubeconfig and reads what it prints; it decides nothing.

Source: Kubernetes, "client-go credential plugins" (client.authentication.k8s.io). kubernetes_asyncio can run them
too, but neither bounds nor ends one that hangs, and lets it hold our standard input.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Final

import msgspec

from rollouts_router.kube.errors import CredentialsError, cut

EXEC_TIMEOUT: Final = 15.0
"""Seconds a plugin may take; those of cloud providers take one to five."""

MAX_OUTPUT: Final = 1024 * 1024
"""Bytes of a plugin's output that are kept; a credential is a few thousand."""


class Variable(msgspec.Struct, frozen=True):
    """An environment variable that the plugin is given."""

    name: str
    value: str


class Exec(msgspec.Struct, frozen=True, rename="camel"):
    """The `exec` entry of a kubeconfig user."""

    command: str
    api_version: str
    args: list[str] | None = None
    env: list[Variable] | None = None
    install_hint: str = ""


class Credential(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a plugin hands out: a token, or a client certificate with its key, in PEM."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    api_version: str
    status: Credential


async def run(entry: Exec, environment: Mapping[str, str], *, limit: float = EXEC_TIMEOUT) -> Credential:
    """Run the plugin and return its credential, within `limit` seconds. Raises CredentialsError.

    A plugin that failed, took too long or is no longer wanted (cancellation) is ended, with its children. Those
    of one that did its work may live on: some leave an agent behind.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            entry.command,
            *(entry.args or []),
            env=_environment(entry, environment),
            stdin=DEVNULL,  # ours belongs to whoever started us
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,  # so that its children can be ended with it
        )
    except OSError as error:
        hint = f"; {entry.install_hint}" if entry.install_hint else ""
        raise CredentialsError(f"exec plugin {entry.command} cannot be started: {error}{hint}") from error
    try:
        async with asyncio.timeout(limit):
            output = await _output(entry, process)
    except TimeoutError as error:
        await _end(process)
        raise CredentialsError(f"exec plugin {entry.command} did not end in {limit:g} s") from error
    except BaseException:
        await _end(process)
        raise
    return _credential(entry, output)


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _environment(entry: Exec, environment: Mapping[str, str]) -> dict[str, str]:
    info = {"apiVersion": entry.api_version, "kind": "ExecCredential", "spec": {"interactive": False}}
    added = {variable.name: variable.value for variable in entry.env or []}
    return {**environment, **added, "KUBERNETES_EXEC_INFO": msgspec.json.encode(info).decode()}


async def _output(entry: Exec, process: Process) -> bytes:
    async with asyncio.TaskGroup() as reading:
        output = reading.create_task(_bounded(process.stdout))
        complaints = reading.create_task(_bounded(process.stderr))
    status = await process.wait()
    if status != 0:
        said = cut(complaints.result().decode(errors="replace").strip())
        raise CredentialsError(f"exec plugin {entry.command} ended with status {status}: {said}")
    return output.result()


async def _bounded(stream: asyncio.StreamReader | None) -> bytes:
    """The first MAX_OUTPUT bytes. The rest is read as well, or the plugin would wait for us for ever."""
    kept = bytearray()
    while stream is not None and (chunk := await stream.read(MAX_OUTPUT)):
        kept += chunk[: MAX_OUTPUT - len(kept)]
    return bytes(kept)


def _credential(entry: Exec, output: bytes) -> Credential:
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CredentialsError(f"exec plugin {entry.command} printed no ExecCredential: {error}") from error
    if answer.api_version != entry.api_version:
        raise CredentialsError(
            f"exec plugin {entry.command} answered in {answer.api_version}, not {entry.api_version}"
        )
    credential = answer.status
    if not credential.token and not (credential.client_certificate_data and credential.client_key_data):
        raise CredentialsError(f"exec plugin {entry.command} gave neither a token nor a client certificate")
    return credential
