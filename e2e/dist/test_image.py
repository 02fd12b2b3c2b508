"""The OCI layout that `make dist` writes: by its digests, and as a volume in the container."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from bundle import arches

if TYPE_CHECKING:
    from e2e.bed.kinds import Object
    from e2e.dist.orders import Container

MANIFESTS: Final = Path(__file__).parents[2] / "manifests"
INIT_CONTAINER: Final = MANIFESTS / "components" / "init-container" / "deployment.yaml"


def test_every_digest_and_size_of_the_layout_is_that_of_the_blob(built: Path) -> None:
    layout = Layout(built / "oci")
    assert json.loads((built / "oci" / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    image = layout.image()
    config = layout.json(image["config"])
    assert config["architecture"] == arches.of_this_machine().name
    unpacked = [hashlib.sha256(layout.layer(each)).hexdigest() for each in image["layers"]]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}" for digest in unpacked]
    assert {path.name for path in (built / "oci" / "blobs" / "sha256").iterdir()} == layout.read


def test_the_image_holds_the_executable_of_the_build(built: Path, executable: Path) -> None:
    layout = Layout(built / "oci")
    with tarfile.open(fileobj=io.BytesIO(layout.layer(layout.image()["layers"][1]))) as layer:
        members = layer.getmembers()
        assert [(each.name, each.mode, each.uid, each.mtime) for each in members] == [
            ("rollouts-router", 0o755, 0, 0)
        ]
        content = layer.extractfile(members[0])
        assert content is not None
        assert content.read() == executable.read_bytes()


def test_from_a_volume_with_the_image_nothing_is_unpacked(volume: Container) -> None:
    volume.environ = {"ROLLOUTS_ROUTER_RUNTIME": "/volume/runtime"}
    seen = volume.start()[0]
    assert seen.line.startswith("1|1|unix|")
    assert not seen.said
    assert "/volume/runtime/lib/ld.so" in seen.processes[0]
    assert not list(volume.plugin_bin.glob(".rollouts-router-*"))


def test_a_volume_of_another_build_is_refused(volume: Container) -> None:
    assert volume.volume
    (volume.volume / "runtime" / "ID").write_text("0" * 64)
    volume.environ = {"ROLLOUTS_ROUTER_RUNTIME": "/volume/runtime"}
    seen = volume.start()[0]
    assert not seen.line
    assert "/volume/runtime is no runtime tree of this build" in seen.said


def test_the_init_container_of_the_manifests_installs_what_is_in_the_image(
    volume: Container, executable: Path
) -> None:
    (init,) = yaml.safe_load(INIT_CONTAINER.read_text())["spec"]["template"]["spec"]["initContainers"]
    (mount,) = init["volumeMounts"]
    place = "/tmp"  # noqa: S108 -- the only place in the container that can be written to plays the volume
    volume.environ = {"ROLLOUTS_ROUTER_RUNTIME": "/volume/runtime"}
    seen = volume.run(
        "/volume/rollouts-router", *(each.replace(mount["mountPath"], place) for each in init["args"])
    )
    assert (seen.status, seen.said) == (0, "")
    (installed,) = volume.tmp.iterdir()
    assert installed.name == "rollouts-router"
    assert installed.read_bytes() == executable.read_bytes()
    assert installed.stat().st_mode & 0o555 == 0o555


@pytest.fixture
def volume(built: Path, container: Container) -> Container:
    """A container with the image mounted, as an image volume is, at /volume."""
    layout, folder = Layout(built / "oci"), container.folder / "volume"
    for layer in layout.image()["layers"]:
        with tarfile.open(fileobj=io.BytesIO(layout.layer(layer))) as archive:
            archive.extractall(folder, filter="tar")
    container.volume = folder
    return container


class Layout:
    """A layout on disk, read by way of its descriptors, each blob held against its digest and size."""

    def __init__(self, folder: Path) -> None:
        """Reads nothing yet."""
        self._folder = folder
        self.read: set[str] = set()

    def image(self) -> Object:
        """The manifest of the one image in the index."""
        top = json.loads((self._folder / "index.json").read_text())
        index = self.json(top["manifests"][0])
        (manifest,) = index["manifests"]
        assert manifest["platform"] == {"os": "linux", "architecture": arches.of_this_machine().name}
        return self.json(manifest)

    def json(self, descriptor: Object) -> Object:
        """A blob that is JSON."""
        decoded: Object = json.loads(self._blob(descriptor))
        return decoded

    def layer(self, descriptor: Object) -> bytes:
        """A layer, unpacked."""
        return gzip.decompress(self._blob(descriptor))

    def _blob(self, descriptor: Object) -> bytes:
        kind, _, digest = str(descriptor["digest"]).partition(":")
        data = (self._folder / "blobs" / kind / digest).read_bytes()
        assert hashlib.new(kind, data).hexdigest() == digest
        assert len(data) == descriptor["size"]
        self.read.add(digest)
        return data
