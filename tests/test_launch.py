"""What the plugin does before its handshake line, and what it must not have imported by then."""

import grp
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rollouts_router import launch
from rollouts_router.wire.handshake import Greeting, decide

COOKIE = {"ARGO_ROLLOUTS_RPC_PLUGIN": "trafficrouter"}
TOO_LATE_FOR = {
    "aiohttp",
    "asyncio",
    "google",
    "grpc",
    "json",
    "kubernetes_asyncio",
    "logging",
    "msgspec",
    "pathlib",
    "ssl",
    "structlog",
    "subprocess",
    "tempfile",
    "threading",
    "traceback",
    "urllib",
}
"""Modules that cost a tenth of the time to the line, or more, and are for later."""


class Pipe:
    """Stands for the host's end of stdout."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def read(self) -> bytes:
        """Everything until the writing end is closed."""
        with os.fdopen(self.reading, "rb") as stream:
            return stream.read()


@pytest.fixture
def pipe() -> Pipe:
    """A pipe to write the line to."""
    return Pipe()


def greeting(environ: dict[str, str]) -> Greeting:
    """The host's wishes, as the handshake reads them."""
    decision = decide(COOKIE | environ)
    assert isinstance(decision, Greeting)
    return decision


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for sockets, checked to be left empty. Its path is short, as those of sockets have to be."""
    with TemporaryDirectory(prefix="s-", dir="/tmp") as path:
        yield Path(path)
        assert list(Path(path).iterdir()) == []


def test_the_line_names_a_socket_that_listens_and_is_gone_afterwards(folder: Path, pipe: Pipe) -> None:
    environ = {"TMPDIR": str(folder)}

    with launch.greeted(environ, greeting(environ), pipe.writing) as listener:
        path = Path(listener.getsockname())
        said = pipe.read()
        mode = stat.S_IMODE(path.stat().st_mode)
        with launch.socket.socket(launch.socket.AF_UNIX) as client:
            client.connect(str(path))

    assert said == f"1|1|unix|{path}|netrpc|\n".encode()
    assert path.parent == folder
    assert mode == 0o600


def test_two_plugins_at_once_have_two_sockets(folder: Path) -> None:
    environ = {"TMPDIR": str(folder)}
    with (
        launch.greeted(environ, greeting(environ), Pipe().writing) as first,
        launch.greeted(environ, greeting(environ), Pipe().writing) as second,
    ):
        assert first.getsockname() != second.getsockname()


def test_a_temporary_folder_with_a_long_path_is_passed_over(tmp_path: Path, pipe: Pipe) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    environ = {"TMPDIR": str(long)}

    with launch.greeted(environ, greeting(environ), pipe.writing) as listener:
        assert Path(listener.getsockname()).parent == Path("/tmp")  # noqa: S108 - the folder that always works


@pytest.mark.parametrize(
    ("name", "flaw"),
    [("x" * 100, "has more than 107 bytes"), ("missing", "No such file"), ("a|b", "cannot stand in the")],
)
def test_a_folder_that_the_host_demands_and_that_cannot_do_is_an_error(
    folder: Path, pipe: Pipe, name: str, flaw: str
) -> None:
    environ = {"PLUGIN_UNIX_SOCKET_DIR": str(folder / name)}

    with (
        pytest.raises(
            launch.LaunchError, match=r"^no socket can be made: .*Set PLUGIN_UNIX_SOCKET_DIR"
        ) as told,
        launch.greeted(environ, greeting(environ), pipe.writing),
    ):
        pytest.fail("it must not come this far")
    assert flaw in str(told.value)


@pytest.mark.parametrize("named", [True, False])
def test_the_socket_is_given_to_the_group_the_host_names(folder: Path, pipe: Pipe, named: bool) -> None:  # noqa: FBT001 - parametrized
    group = grp.getgrgid(os.getgid())
    environ = {
        "TMPDIR": str(folder),
        "PLUGIN_UNIX_SOCKET_GROUP": group.gr_name if named else str(group.gr_gid),
    }

    with launch.greeted(environ, greeting(environ), pipe.writing) as listener:
        about = Path(listener.getsockname()).stat()

    assert (stat.S_IMODE(about.st_mode), about.st_gid) == (0o660, group.gr_gid)


@pytest.mark.parametrize("group", ["no-such-group", "99999999999999999999", "-1"])
def test_a_group_that_does_not_exist_is_an_error_and_leaves_nothing(
    folder: Path, pipe: Pipe, group: str
) -> None:
    environ = {"TMPDIR": str(folder), "PLUGIN_UNIX_SOCKET_GROUP": group}

    with (
        pytest.raises(launch.LaunchError, match=f"the socket cannot be given to group {group!r}"),
        launch.greeted(environ, greeting(environ), pipe.writing),
    ):
        pytest.fail("it must not come this far")


def test_a_file_that_is_gone_already_is_not_an_error(folder: Path, pipe: Pipe) -> None:
    environ = {"TMPDIR": str(folder)}
    with launch.greeted(environ, greeting(environ), pipe.writing) as listener:
        launch.remove_file(listener)
        launch.remove_file(listener)


def test_the_file_is_removed_when_the_host_is_gone_before_the_line(folder: Path, pipe: Pipe) -> None:
    environ = {"TMPDIR": str(folder)}
    os.close(pipe.reading)

    with pytest.raises(BrokenPipeError), launch.greeted(environ, greeting(environ), pipe.writing):
        pytest.fail("it must not come this far")


def bound(path: str) -> None:
    """Make a socket's file as a library does that keeps the socket to itself."""
    with launch.socket.socket(launch.socket.AF_UNIX) as listener:
        listener.bind(path)


def test_somebody_elses_socket_is_private_before_the_line_and_gone_afterwards(
    folder: Path, pipe: Pipe
) -> None:
    environ = {"TMPDIR": str(folder)}
    door = launch.Door(environ, greeting(environ), pipe.writing)

    door.place(bound)
    (path,) = folder.iterdir()
    mode = stat.S_IMODE(path.stat().st_mode)
    door.announce()
    door.close()
    door.close()

    assert mode == 0o600
    assert pipe.read() == f"1|1|unix|{path}|netrpc|\n".encode()


def test_somebody_elses_socket_is_given_to_the_group_the_host_names(folder: Path) -> None:
    environ = {"TMPDIR": str(folder), "PLUGIN_UNIX_SOCKET_GROUP": str(os.getgid())}
    door = launch.Door(environ, greeting(environ), Pipe().writing)

    door.place(bound)
    (path,) = folder.iterdir()

    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) == (0o660, os.getgid())
    door.close()


def test_somebody_elses_socket_is_removed_when_its_group_does_not_exist(folder: Path) -> None:
    environ = {"TMPDIR": str(folder), "PLUGIN_UNIX_SOCKET_GROUP": "no-such-group"}

    with pytest.raises(launch.LaunchError, match="the socket cannot be given to group 'no-such-group'"):
        launch.Door(environ, greeting(environ), Pipe().writing).place(bound)


def test_a_second_folder_is_tried_where_the_first_cannot_do(folder: Path, pipe: Pipe) -> None:
    environ = {"TMPDIR": str(folder)}
    tried = list[str]()

    def picky(path: str) -> None:
        tried.append(path)
        if path.startswith(str(folder)):
            raise OSError("not here")
        bound(path)

    door = launch.Door(environ, greeting(environ), pipe.writing)
    door.place(picky)
    door.announce()
    door.close()

    assert [Path(path).parent for path in tried] == [folder, Path("/tmp")]  # noqa: S108 - the folder that always works
    assert tried[1].encode() in pipe.read()


def test_the_umask_is_what_it_was(folder: Path) -> None:
    before = os.umask(0o022)
    environ = {"TMPDIR": str(folder)}
    door = launch.Door(environ, greeting(environ), Pipe().writing)
    door.place(bound)
    door.close()

    assert os.umask(before) == 0o022


MODULES_AT_THE_LINE = """
import os, sys
write = os.write
def tell(descriptor, line):
    if line.startswith(b"1|1|"):
        write(2, " ".join(sys.modules).encode())
    return write(descriptor, line)
os.write = tell
sys.argv = ["rollouts-router"]
from rollouts_router.cli import main
sys.modules["rollouts_router.app"] = None
main()
"""


def test_nothing_is_imported_before_the_line_that_it_does_not_need(folder: Path) -> None:
    child = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", MODULES_AT_THE_LINE],
        env=os.environ | COOKIE | {"TMPDIR": str(folder)},
        capture_output=True,
        check=False,
        timeout=30,
    )

    modules = child.stderr.split(b"[ERROR]")[0].decode().split()
    assert "rollouts_router.launch" in modules
    assert {name.partition(".")[0] for name in modules} & TOO_LATE_FOR == set()
