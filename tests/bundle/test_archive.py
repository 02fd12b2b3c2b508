"""Files of the Debian archive, from a mirror that the test plays."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from bundle.errors import BundleError
from bundle.locks import Pin

from bundle import archive, cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"a package"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the mirror serves."""
    folder = tmp_path / "mirror"
    (folder / "debian").mkdir(parents=True)
    monkeypatch.setenv("ROLLOUTS_ROUTER_CACHE", str(tmp_path / "cache"))
    handler = partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv(archive.MIRROR, f"http://127.0.0.1:{server.server_port}/")
        yield folder
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_once_and_then_kept(mirror: Path) -> None:
    (mirror / "debian" / "a.deb").write_bytes(CONTENT)
    assert archive.get(_pin()) == CONTENT
    (mirror / "debian" / "a.deb").unlink()
    assert archive.get(_pin()) == CONTENT


def test_a_kept_file_that_was_damaged_is_fetched_again(mirror: Path) -> None:
    (mirror / "debian" / "a.deb").write_bytes(CONTENT)
    archive.get(_pin())
    (cache.root() / "debian" / _pin().sha256).write_bytes(b"a pakkage")
    assert archive.get(_pin()) == CONTENT


def test_other_bytes_than_the_lock_names_are_refused_and_not_kept(mirror: Path) -> None:
    (mirror / "debian" / "a.deb").write_bytes(b"another")
    with pytest.raises(BundleError, match="the lock says"):
        archive.get(_pin())
    assert not (cache.root() / "debian").exists()


@pytest.mark.usefixtures("mirror")
def test_one_that_the_mirror_no_longer_has_says_what_to_do() -> None:
    with pytest.raises(
        BundleError, match=r"a\.deb: HTTP Error 404.*run `make lock`, or set ROLLOUTS_ROUTER_DEBIAN"
    ):
        archive.get(_pin())


def _pin() -> Pin:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Pin(arch="amd64", name="a", version="1", path="debian/a.deb", sha256=digest)


class _Silent(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """A test has no use for it."""
