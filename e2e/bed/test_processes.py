"""What the bed promises of its processes: beds do not collide, and nothing outlives them or their runner."""

# ruff: noqa: ASYNC220, ASYNC240, D103 -- the names are the sentences; nothing else runs in these loops

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.bed import waiting
from e2e.bed.api import Api, ApiError
from e2e.bed.control_plane import ControlPlane
from e2e.bed.errors import ProcessDiedError
from e2e.bed.processes import Command, Process
from e2e.bed.sessions import children

KEPT_CHILD = "sleep 60 & echo $!; wait"
GUARDED_RUNNER = f"""
import pathlib, sys, time
from e2e.bed.processes import Command, Process
folder = pathlib.Path(sys.argv[1])
command = Command(name="sh", program=pathlib.Path({shutil.which("sh")!r}), arguments=("-c", {KEPT_CHILD!r}),
                  log=folder / "said", folder=folder, guarded=True)
Process(command).start()
time.sleep(60)
"""


async def test_two_beds_side_by_side_know_nothing_of_each_other() -> None:
    others = children(os.getpid())
    async with ControlPlane() as one, ControlPlane() as other:
        await one.create_namespace("only-here")
        assert await other.admin.find("Namespace", "only-here") is None
        processes = sorted(set(children(os.getpid())) - set(others))
        assert len(processes) == 10
        tls = ssl.create_default_context(cafile=str(one.layout.certificate))
        async with Api(one.url, tls=tls, token=other.identities["admin"].token) as stranger:
            with pytest.raises(ApiError, match="401"):
                await stranger.list("Namespace")
        folders = (one.folder, other.folder)
    assert not any(map(_alive, processes))
    assert not any(folder.exists() for folder in folders)


async def test_nothing_survives_a_killed_runner(tmp_path: Path) -> None:
    said = tmp_path / "said"
    command = (sys.executable, "-m", "e2e.bed.up")
    with said.open("w") as file:
        runner = subprocess.Popen(
            command, stdout=file, stderr=file, env={**os.environ, "TMPDIR": str(tmp_path)}
        )
    try:
        await waiting.until(lambda: _content(said, "Ctrl-C"), within=90, what="a bed")
        processes = children(runner.pid)
        assert len(processes) == 7  # six programs, and the guard of the controller's plugins
    finally:
        runner.kill()
        runner.wait(10)
    await waiting.until(lambda: _all_gone(processes), within=15, what="all programs gone")


async def test_what_a_guarded_program_started_does_not_survive_a_killed_runner(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        runner = subprocess.Popen(
            (sys.executable, "-c", GUARDED_RUNNER, str(tmp_path)), stdout=file, stderr=file
        )
    try:
        said = await waiting.until(lambda: _content(tmp_path / "said", "\n"), within=10, what="a child")
        assert _alive(int(said))
    finally:
        runner.kill()
        runner.wait(10)
    await waiting.until(lambda: _all_gone([int(said)]), within=5, what="the child gone")


async def test_a_stopped_process_takes_its_own_children_along(tmp_path: Path) -> None:
    async with _shell(tmp_path, KEPT_CHILD) as process:
        text = await waiting.until(lambda: _content(process.command.log, "\n"), within=10, what="a child")
        assert _alive(int(text))
    assert await waiting.until(lambda: _all_gone([int(text)]), within=5, what="the child gone")


async def test_a_process_that_will_not_end_is_killed(tmp_path: Path) -> None:
    async with _shell(tmp_path, "trap '' TERM; echo up; while :; do sleep 0.1; done") as process:
        await waiting.until(lambda: _content(process.command.log, "up"), within=10, what="the trap")
        pid = process.pid
        await process.stop(grace=0.2)
    assert not _alive(pid)


async def test_waiting_for_a_dead_process_fails_at_once_and_quotes_its_log(tmp_path: Path) -> None:
    async with _shell(tmp_path, "echo a last word; exit 3") as process:
        with pytest.raises(ProcessDiedError, match=r"(?s)exit code 3.*a last word"):
            await process.until(_never, within=10, what="a wonder")


def _shell(folder: Path, script: str) -> Process:
    program = Path(shutil.which("sh") or "")
    return Process(
        Command(name="sh", program=program, arguments=("-c", script), log=folder / "log", folder=folder)
    )


async def _never() -> None:
    await asyncio.sleep(0)


async def _content(path: Path, word: str = "") -> str | None:
    text = path.read_text() if path.exists() else ""
    return text if text and word in text else None


async def _all_gone(pids: list[int]) -> bool | None:
    return None if any(map(_alive, pids)) else True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
