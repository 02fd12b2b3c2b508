"""Images as OCI image layouts, made of bytes and no engine: above all that of the executable and its runtime tree. Pure.

Source: OCI image specification 1.1: image-layout.md, manifest.md, config.md, layer.md. That image holds

    /rollouts-router   the self-contained executable, for `install` and for `location: file://`
    /runtime/          the same tree, unpacked, for a volume that it may be executed from

for each machine, under one index. Times are zero and owners root, so equal contents have equal digests.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bundle.tree import EXECUTABLE, READABLE, File, Tree, folders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundle.arches import Arch

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
USER: Final = "999:999"  # the one of a stock controller
PROGRAM: Final = "rollouts-router"
RUNTIME: Final = "runtime"
LEVEL: Final = 9  # of gzip; zstd layers are smaller, but old engines cannot read them

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Blobs:
    """Content by its sha256."""

    held: dict[str, bytes] = field(default_factory=dict)

    def add(self, data: bytes, media_type: str) -> Json:
        """Take in a blob; its descriptor."""
        name = hashlib.sha256(data).hexdigest()
        self.held[name] = data
        return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(data)}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is shipped, compressed, and the digest of the tar that it is."""

    data: bytes
    diff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What an image is called, and what a container of it runs if it is not told otherwise."""

    title: str
    entrypoint: tuple[str, ...]
    environ: tuple[str, ...] = ()
    folder: str = "/"


ROUTER: Final = Start(
    title=PROGRAM, entrypoint=(f"/{PROGRAM}",), environ=(f"ROLLOUTS_ROUTER_RUNTIME=/{RUNTIME}",)
)


def runtime_layer(tree: Tree) -> Layer:
    """The layer with the runtime tree."""
    return layer({f"{RUNTIME}/{path}": file for path, file in tree.items()})


def program_layer(program: bytes) -> Layer:
    """The layer with the executable."""
    return layer({PROGRAM: File(program, executable=True)})


def layer(tree: Tree) -> Layer:
    """The layer with these files."""
    return packed_layer(gzip.compress(tarred(tree), LEVEL, mtime=0))


def packed_layer(data: bytes) -> Layer:
    """A layer that is a compressed tar already."""
    return Layer(data, f"sha256:{hashlib.sha256(gzip.decompress(data)).hexdigest()}")


def layout(images: Mapping[Arch, tuple[Layer, ...]], version: str, start: Start = ROUTER) -> Tree:
    """The files of a layout with one image for each machine, of these layers."""
    blobs = Blobs()
    manifests = [
        {**_image(blobs, arch, layers, start), "platform": {"os": "linux", "architecture": arch.name}}
        for arch, layers in images.items()
    ]
    titles = {"org.opencontainers.image.title": start.title, "org.opencontainers.image.version": version}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": titles}
    named = {**blobs.add(_json(index), INDEX), "annotations": {"org.opencontainers.image.ref.name": version}}
    top = _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]})
    files = {f"blobs/sha256/{name}": File(data) for name, data in blobs.held.items()}
    return {"oci-layout": File(_json({"imageLayoutVersion": "1.0.0"})), "index.json": File(top), **files}


def _image(blobs: Blobs, arch: Arch, layers: tuple[Layer, ...], start: Start) -> Json:
    config: Json = {
        "architecture": arch.name,
        "os": "linux",
        "config": {
            "User": USER,
            "Entrypoint": list(start.entrypoint),
            "Env": list(start.environ),
            "WorkingDir": start.folder,
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    manifest: Json = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blobs.add(_json(config), CONFIG),
        "layers": [blobs.add(layer.data, LAYER) for layer in layers],
    }
    return blobs.add(_json(manifest), MANIFEST)


def tarred(tree: Tree) -> bytes:
    """A tar of the tree, with no times and root as owner."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in folders(tree):
            archive.addfile(_member(name, tarfile.DIRTYPE, EXECUTABLE))
        for path, file in sorted(tree.items()):
            member = _member(path, tarfile.REGTYPE, EXECUTABLE if file.executable else READABLE)
            member.size = len(file.data)
            archive.addfile(member, io.BytesIO(file.data))
    return made.getvalue()


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    """Owned by root, with no time."""
    member = tarfile.TarInfo(name)
    member.type, member.mode = kind, mode
    return member


def _json(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
