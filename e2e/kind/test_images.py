"""The sample application's image starts as a container would start it, with its files alone, and answers as pods do."""

# ruff: noqa: ASYNC220, ASYNC240, D103 -- the names are the sentences; nothing else runs in this loop

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from bundle import arches, outputs
from e2e.bed import binaries, waiting
from e2e.bed.control_plane import POD_RANGE
from e2e.bed.parts import Part
from e2e.gateways.callers import GATEWAY
from e2e.gateways.network import obstacle, private_network
from e2e.gateways.pods import TOLD
from e2e.gateways.shop import image
from e2e.gateways.wires import HTTP, TCP, WORD_HEADER
from e2e.kind import images

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from e2e.bed.kinds import Object

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTAINERD = Part(
    name="containerd", module=Path(__file__).with_name("containerd"), programs={"containerd": "."}
)
USER = 999
WITHIN = 10.0  # seconds; it takes half of one


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kind load image-archive` is given. Takes minutes when something changed that decides the router's bytes."""
    folder = tmp_path_factory.mktemp("images")
    built = outputs.cached(arches.of_this_machine())
    images.archive(images.read(built / outputs.OCI), folder / "rollouts-router.tar", [images.ROUTER])
    images.archive(images.sample(built), folder / "shop.tar", map(image, images.VERSIONS))
    return folder


@pytest.fixture(scope="module")
def network(archives: Path) -> Iterator[None]:
    """Ports are this module's own."""
    del archives
    binaries.build(CONTAINERD)  # there is no world in this network
    if reason := obstacle():
        pytest.skip(reason)
    with private_network(POD_RANGE):
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def container(
    network: None, archives: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[None]:
    """The sample application in a root of its image's files, as the user of the image."""
    del network
    root = tmp_path_factory.mktemp("root")
    start = unpacked(archives / "shop.tar", root)
    root.chmod(0o755)

    def enter() -> None:
        os.chroot(root)
        os.chdir(start["WorkingDir"])
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)

    with subprocess.Popen(start["Entrypoint"], env={}, preexec_fn=enter) as program:  # noqa: PLW1509 -- no threads
        try:
            await waiting.until(answering, within=WITHIN, what="an answer of the sample application")
            yield
        finally:
            program.terminate()
            assert program.wait(WITHIN) == 0


async def test_the_sample_application_answers_with_the_address_it_was_reached_at(container: None) -> None:
    del container
    async with aiohttp.ClientSession() as session:
        for address in ("10.244.0.7", "10.244.0.8"):
            async with session.get(
                f"http://{address}:{HTTP.pod_port}/", headers={WORD_HEADER: "w"}
            ) as answer:
                assert await answer.text() == address
            async with session.get(f"http://{address}:{HTTP.pod_port}{TOLD}w") as answer:
                assert await answer.text() == "1"


async def test_a_nodes_containerd_finds_each_image_by_its_name_and_all_of_it(archives: Path) -> None:
    assert {each.name: imported(each) for each in archives.iterdir()} == {
        "rollouts-router.tar": ["rollouts-router.invalid/rollouts-router:this-checkout 2"],
        "shop.tar": ["shop.invalid/shop:1 2", "shop.invalid/shop:2 2"],
    }


async def answering() -> bool | None:
    with contextlib.suppress(OSError):  # nobody listens yet
        _, writer = await asyncio.open_connection(GATEWAY, TCP.pod_port)
        writer.close()
        return True
    return None


def imported(archive: Path) -> list[str]:
    """Name and number of layers of each image, by containerd's own code."""
    command = [str(binaries.build(CONTAINERD).programs["containerd"]), str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def unpacked(archive: Path, root: Path) -> Object:
    """Lays the layers of the archive's first image into the folder; how it starts."""
    with tarfile.open(archive) as tar:
        index = blob(tar, content(tar, "index.json")["manifests"][0])
        image = blob(tar, index["manifests"][0])
        for each in image["layers"]:
            data = gzip.decompress(raw(tar, each))
            with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                layer.extractall(root, filter="tar")
        return dict(blob(tar, image["config"])["config"])


def blob(tar: tarfile.TarFile, descriptor: Object) -> Object:
    return dict(json.loads(raw(tar, descriptor)))


def raw(tar: tarfile.TarFile, descriptor: Object) -> bytes:
    return read(tar, f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}")


def content(tar: tarfile.TarFile, name: str) -> Object:
    return dict(json.loads(read(tar, name)))


def read(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()
