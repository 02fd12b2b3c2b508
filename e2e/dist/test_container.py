"""The executable in a look-alike of the stock controller's container."""

# ruff: noqa: D103, S108 -- the names are the sentences; /tmp is the container's

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from e2e.dist import orders
from e2e.dist.orders import NO_EXECUTE, PLUGIN_BIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from e2e.dist.orders import Container, Seen

HANDSHAKE = "1|1|unix|/tmp/"
REST_LIMIT = 50_000  # kibibytes
CANNOT_RUN = 126
DYNAMIC = "/bin/true"


def test_it_starts_with_nothing_but_itself_is_one_process_and_leaves_none(container: Container) -> None:
    for seen in container.start(starts=2, rests=True):
        assert _greeted(seen)
        assert not seen.said
        assert len(seen.processes) == 1
        assert not seen.left
        assert seen.resident < REST_LIMIT


def test_nothing_is_unpacked_twice_and_only_plugin_bin_is_unpacked_to(container: Container) -> None:
    container.start()
    before = _fingerprint(container.plugin_bin)
    container.start()
    assert _fingerprint(container.plugin_bin) == before
    assert len(list(_trees(container.plugin_bin))) == 1
    assert not list(_trees(container.tmp))


def test_the_container_has_no_libc_so_that_an_ordinary_program_does_not_start(container: Container) -> None:
    copy = container.plugin_bin / "ordinary"
    shutil.copyfile(DYNAMIC, copy)
    container.hand_over(copy)
    assert container.run(f"{PLUGIN_BIN}/ordinary").refused == "No such file or directory"


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_folder_that_others_can_enter_is_not_used_and_the_next_place_is(
    container: Container, mode: int
) -> None:
    container.start()
    tree = next(_trees(container.plugin_bin))
    tree.chmod(mode)
    seen = container.start()[0]
    assert _greeted(seen)
    assert f"{tree.name} is not used, for it is foreign or damaged" in seen.said
    assert "is open to other users" in seen.said
    assert len(list(_trees(container.tmp))) == 1
    assert not container.start()[0].left


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_not_used(container: Container) -> None:
    container.start()
    tree = next(_trees(container.plugin_bin))
    os.chown(tree, 0, 0)
    tree.chmod(0o755)
    seen = container.start()[0]
    assert _greeted(seen)
    assert "belongs to another user" in seen.said


def test_a_changed_file_is_noticed_though_its_size_is_the_same(container: Container) -> None:
    container.start()
    tree = next(_trees(container.plugin_bin))
    victim = tree / "LICENCES.txt"
    victim.chmod(0o600)
    with victim.open("r+b") as file:
        file.write(b"l")
    seen = container.start()[0]
    assert _greeted(seen)
    assert "LICENCES.txt was changed" in seen.said


def test_a_file_that_is_missing_or_was_added_is_noticed_and_with_no_other_place_nothing_is_run(
    container: Container,
) -> None:
    container.start()
    (next(_trees(container.plugin_bin)) / "lib" / "python3.11" / "os.pyc").unlink()
    container.start()
    planted = next(_trees(container.tmp)) / "lib" / "python3" / "dist-packages" / "usercustomize.pyc"
    planted.write_bytes(b"")
    seen = container.start()[0]
    assert seen.status == CANNOT_RUN
    assert not seen.line
    assert "os.pyc No such file or directory" in seen.said or "lib/python3.11 was changed" in seen.said
    assert "dist-packages was changed" in seen.said
    assert "set ROLLOUTS_ROUTER_UNPACK_DIR" in seen.said


def test_what_a_killed_start_left_is_replaced(container: Container) -> None:
    container.start()
    tree = next(_trees(container.plugin_bin))
    part = tree.with_name(f"{tree.name}.part")
    tree.rename(part)
    (part / "lib" / "ld.so").unlink()
    assert _greeted(container.start()[0])
    assert tree.is_dir()
    assert not part.exists()


def test_a_place_that_cannot_be_written_to_or_executed_from_is_passed_over(container: Container) -> None:
    container.remounts = {"tmp": NO_EXECUTE}
    container.environ = {"ROLLOUTS_ROUTER_UNPACK_DIR": "/etc"}
    seen = container.start()[0]
    assert _greeted(seen)
    assert "/etc cannot be unpacked into: Read-only file system" in seen.said


def test_with_no_place_at_all_it_says_what_to_set(container: Container) -> None:
    container.remounts = {"tmp": NO_EXECUTE, "home/argo-rollouts/plugin-bin": 1}
    seen = container.start()[0]
    assert seen.status == CANNOT_RUN
    assert "/tmp/.rollouts-router-" in seen.said
    assert "cannot be executed: Permission denied" in seen.said
    assert "set ROLLOUTS_ROUTER_UNPACK_DIR" in seen.said


def test_an_incomplete_copy_says_so(container: Container) -> None:
    copy = container.plugin_bin / "gatewayAPI"
    os.truncate(copy, copy.stat().st_size // 2)
    seen = container.start()[0]
    assert seen.status == CANNOT_RUN
    assert "this file is incomplete" in seen.said


@pytest.mark.parametrize("behind", [0.3, 0.6, 0.95])
def test_a_damaged_copy_says_so_and_leaves_nothing(container: Container, behind: float) -> None:
    copy = container.plugin_bin / "gatewayAPI"
    with copy.open("r+b") as file:
        file.seek(int(copy.stat().st_size * behind))
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    seen = container.start()[0]
    assert seen.status == CANNOT_RUN
    assert "this file is damaged" in seen.said
    assert not list(_trees(container.plugin_bin))
    assert not list(_trees(container.tmp))


def test_it_installs_itself_where_there_is_no_cp(container: Container) -> None:
    seen = container.run(orders.PLUGIN, "install", "/tmp")
    assert seen.line.startswith("/tmp/rollouts-router is installed")
    installed = container.tmp / "rollouts-router"
    assert installed.read_bytes() == (container.plugin_bin / "gatewayAPI").read_bytes()
    assert os.access(installed, os.X_OK)
    refused = container.run(orders.PLUGIN, "install", "/etc")
    assert refused.status == 1
    assert "cannot install into /etc: Read-only file system" in refused.said


def test_words_are_handed_on(container: Container) -> None:
    seen = container.run(orders.PLUGIN, "version")
    assert seen.line.strip().count(".") == 2


def _greeted(seen: Seen) -> bool:
    return seen.line.startswith(HANDSHAKE)


def _trees(folder: Path) -> Iterator[Path]:
    """The unpacked trees, and what should not be left of one."""
    return (path for path in folder.glob(".rollouts-router-*") if path.is_dir())


def _fingerprint(folder: Path) -> list[tuple[str, int, int]]:
    """Which files there are, and that they are the same ones as before: number and time of the last change."""
    seen = [(path, path.lstat()) for path in sorted(folder.rglob("*"))]
    return [(str(path), status.st_ino, status.st_ctime_ns) for path, status in seen]
