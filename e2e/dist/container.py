"""Plays the stock controller's container, and the controller in it: `container.py ORDER`, an order of `orders` as JSON.

A root with nothing in it but what a distroless image has, read-only; of the rest only /tmp and plugin-bin can be
written to; user 999, no way to more rights; process 1 is the host that starts the plugin and kills it, as go-plugin
does. With root's rights it becomes user 999, else it maps the user it is to that number in a namespace of its own.
What was seen is written to standard output as JSON. Started as a file, and alone in its namespaces once it begins.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

NEW_MOUNTS, NEW_USERS, NEW_PIDS = 0x00020000, 0x10000000, 0x20000000  # CLONE_* of unshare(2)
READ_ONLY, NO_EXECUTE, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    1,
    8,
    32,
    0x1000,
    0x4000,
    0x40000,
)  # MS_* of mount(2)
NO_NEW_PRIVILEGES, DROP_BOUNDING = 38, 24  # of prctl(2)
LAST_CAPABILITY = 63
USER = 999
HOME = "home/argo-rollouts"
ETC = {
    "passwd": "root:x:0:0:root:/root:/sbin/nologin\n",
    "group": "root:x:0:\n",
    "hosts": "127.0.0.1 localhost\n",
}
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
LIMIT = 60.0  # seconds for a start


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run, and in what container.

    Attributes:
        root: An empty folder, to become the container's root.
        volume: A folder to be seen as /volume, read-only; or nothing.
        remounts: Further flags of mount(2), by the place below the root that they are for.
        serves: Whether it is a plugin, which is killed when it has spoken, or ends by itself.
        rests: Whether to wait until its memory no longer grows, and measure it.
    """

    root: str
    tmp: str
    plugin_bin: str
    volume: str
    remounts: dict[str, int]
    command: list[str]
    environ: dict[str, str]
    starts: int
    serves: bool
    rests: bool


def main(order: Order) -> int:
    """Build the container, and be its first process."""
    _isolate()
    child = os.fork()  # the first process of the new namespace
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    _libc().prctl(1, signal.SIGKILL)  # ends with its parent
    _furnish(order)
    json.dump([_start(order) for _ in range(order.starts)], sys.stdout)
    sys.stdout.flush()
    return 0


def _isolate() -> None:
    user, group = os.getuid(), os.getgid()
    if user:
        _check(_libc().unshare(NEW_USERS), "unshare users")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{USER} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{USER} {group} 1")
    _check(_libc().unshare(NEW_MOUNTS | NEW_PIDS), "unshare")
    _mount("none", "/", PRIVATE | RECURSIVE)


def _furnish(order: Order) -> None:
    """Fill the root, step into it, and close it."""
    root = Path(order.root)
    _mount("none", root, 0, "tmpfs")
    for name in ("proc", "dev", "tmp", "etc/ssl/certs", "volume", f"{HOME}/plugin-bin"):
        (root / name).mkdir(parents=True)
    for name, text in ETC.items():
        (root / "etc" / name).write_text(text)
    if Path("/", BUNDLE).is_file():
        shutil.copy(Path("/", BUNDLE), root / BUNDLE)
    _bind(Path("/dev/null"), root / "dev/null")
    _mount("proc", root / "proc", 0, "proc")
    _bind(Path(order.tmp), root / "tmp")
    _bind(Path(order.plugin_bin), root / HOME / "plugin-bin")
    if order.volume:
        _bind(Path(order.volume), root / "volume")
        _mount("none", root / "volume", REMOUNT | BIND | READ_ONLY)
    for at, flags in order.remounts.items():
        _mount("none", root / at, REMOUNT | BIND | flags)
    _mount("none", root, REMOUNT | BIND | READ_ONLY)
    os.chroot(root)
    os.chdir(f"/{HOME}")


def _start(order: Order) -> dict[str, object]:
    """Start the program, read what it says, look around, end it, and look whether anything is left."""
    started, before = time.monotonic(), _cpu()
    try:
        program = subprocess.Popen(
            order.command,
            env=order.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_lower,  # noqa: PLW1509 -- there is one thread here
        )
    except OSError as error:
        return {"refused": os.strerror(error.errno or 0)}
    seen = _watched(program, order, started) if order.serves else {}
    out, errors = program.communicate(timeout=LIMIT)
    said = {"line": out.decode(errors="replace"), "said": errors.decode(errors="replace")}
    return {**said, "status": program.returncode, "left": _processes(), "cpu": _cpu() - before, **seen}


def _watched(plugin: subprocess.Popen[bytes], order: Order, started: float) -> dict[str, object]:
    """What there is to see once the plugin has greeted its host, which then kills it."""
    line = _first_line(plugin)
    seen = {
        "line": line,
        "milliseconds": round((time.monotonic() - started) * 1000),
        "processes": _processes(),
    }
    if line and order.rests:
        seen["resident"] = _resident(plugin.pid)
    if line:
        plugin.kill()
    return seen


def _lower() -> None:
    """In the plugin's process: user 999, and no way back."""
    libc = _libc()
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)
    if os.getuid() != USER:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
    _check(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")


def _first_line(plugin: subprocess.Popen[bytes]) -> str:
    """What comes on standard output up to a line's end, or the end of the program."""
    assert plugin.stdout is not None
    with selectors.DefaultSelector() as waiting:
        waiting.register(plugin.stdout, selectors.EVENT_READ)
        if not waiting.select(LIMIT):
            plugin.kill()
            return ""
    return plugin.stdout.readline().decode(errors="replace")


def _cpu() -> int:
    """Milliseconds of processor time that programs have taken which were started here and have ended."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((taken.ru_utime + taken.ru_stime) * 1000)


def _processes() -> list[str]:
    """The programs that run in here, besides this one, as they were called; a dead one that nobody reaps counts."""
    others = (
        path for path in Path("/proc").iterdir() if path.name.isdecimal() and path.name != str(os.getpid())
    )
    return [(path / "cmdline").read_bytes().replace(b"\0", b" ").decode() for path in others]


def _resident(pid: int) -> int:
    """Kibibytes in memory as soon as they no longer grow: modules are still loading when the line comes."""
    before, deadline = -1, time.monotonic() + LIMIT
    while (now := _resident_now(pid)) != before and time.monotonic() < deadline:
        before = now
        time.sleep(1)
    return now


def _resident_now(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def _bind(source: Path, target: Path) -> None:
    if not source.is_dir():
        target.touch()
    _mount(source, target, BIND | RECURSIVE)


def _mount(source: str | Path, target: str | Path, flags: int, kind: str = "none") -> None:
    words = [str(word).encode() for word in (source, target, kind)]
    _check(_libc().mount(*words, flags, None), f"mount {source} on {target}")


def _check(result: int, what: str) -> None:
    if result:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


if __name__ == "__main__":
    sys.exit(main(Order(**json.loads(sys.argv[1]))))
