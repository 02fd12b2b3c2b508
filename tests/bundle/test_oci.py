"""The image layout of two machines, walked from its index down."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any, TypeAlias

from bundle.arches import ARCHES
from bundle.tree import File, Tree

from bundle import oci

Object: TypeAlias = dict[str, Any]

TREE = {"lib/ld.so": File(b"loader", executable=True), "ID": File(b"1")}
IMAGES = {arch: (oci.runtime_layer(TREE), oci.program_layer(name.encode())) for name, arch in ARCHES.items()}
CONTAINERFILE = Path(__file__).parents[2] / "Containerfile"


def test_every_descriptor_is_that_of_its_blob_and_no_blob_is_left_over() -> None:
    layout = oci.layout(IMAGES, "0.1.0")
    seen = {"oci-layout", "index.json"}
    waiting = [json.loads(layout["index.json"].data)["manifests"][0]]
    while waiting:
        descriptor = waiting.pop()
        path, data = _blob(layout, descriptor)
        seen.add(path)
        if "json" in descriptor["mediaType"]:
            read = json.loads(data)
            waiting += [*read.get("manifests", []), *read.get("layers", [])]
            waiting += [read["config"]] if "layers" in read else []
    assert seen == set(layout)


def test_each_machine_has_its_own_program_and_runs_it_from_the_tree() -> None:
    layout = oci.layout(IMAGES, "0.1.0")
    for manifest, platform in _manifests(layout):
        config = json.loads(_blob(layout, manifest["config"])[1])
        assert (config["os"], config["architecture"]) == (platform["os"], platform["architecture"])
        assert config["config"]["Entrypoint"] == ["/rollouts-router"]
        assert config["config"]["Env"] == ["ROLLOUTS_ROUTER_RUNTIME=/runtime"]
        tree, program = [gzip.decompress(_blob(layout, each)[1]) for each in manifest["layers"]]
        digests = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in (tree, program)]
        assert config["rootfs"]["diff_ids"] == digests
        assert _files(program) == {"rollouts-router": (platform["architecture"].encode(), 0o755)}
        assert _files(tree) == {"runtime/lib/ld.so": (b"loader", 0o755), "runtime/ID": (b"1", 0o644)}


def test_a_layer_that_was_packed_before_is_the_same_layer() -> None:
    made = oci.layer(TREE)
    assert oci.packed_layer(made.data) == made
    assert gzip.decompress(made.data) == oci.tarred(TREE)


def test_another_image_starts_as_it_is_told_to() -> None:
    start = oci.Start(title="shop", entrypoint=("/runtime/lib/ld.so", "-m", "shop"), folder="/shop")
    for manifest, _ in _manifests(oci.layout(IMAGES, "1", start)):
        config = json.loads(_blob(oci.layout(IMAGES, "1", start), manifest["config"])[1])["config"]
        assert (config["Entrypoint"], config["Env"]) == (["/runtime/lib/ld.so", "-m", "shop"], [])
        assert config["WorkingDir"] == "/shop"


def test_the_same_contents_give_the_same_digests() -> None:
    assert oci.layout(IMAGES, "0.1.0") == oci.layout(IMAGES, "0.1.0")


def test_the_containerfile_says_the_same_as_the_script() -> None:
    lines = [
        line.split(maxsplit=1) for line in CONTAINERFILE.read_text().splitlines() if line and line[0] != "#"
    ]
    layout = oci.layout(IMAGES, "0.1.0")
    config = json.loads(_blob(layout, _manifests(layout)[0][0]["config"])[1])["config"]
    told = dict(lines)
    assert told["FROM"] == "scratch"
    assert told["ADD"] == "dist/rollouts-router-linux-${TARGETARCH}.runtime.tar.gz /"
    assert told["COPY"] == "--chmod=0755 dist/rollouts-router-linux-${TARGETARCH} /rollouts-router"
    assert [told["ENV"]] == config["Env"]
    assert told["USER"] == config["User"]
    assert json.loads(told["ENTRYPOINT"]) == config["Entrypoint"]


def _manifests(layout: Tree) -> list[tuple[Object, Object]]:
    top = json.loads(layout["index.json"].data)["manifests"][0]
    index = json.loads(_blob(layout, top)[1])
    return [(json.loads(_blob(layout, each)[1]), each["platform"]) for each in index["manifests"]]


def _blob(layout: Tree, descriptor: Object) -> tuple[str, bytes]:
    digest = descriptor["digest"].removeprefix("sha256:")
    data = layout[f"blobs/sha256/{digest}"].data
    assert hashlib.sha256(data).hexdigest() == digest
    assert len(data) == descriptor["size"]
    return f"blobs/sha256/{digest}", data


def _files(layer: bytes) -> dict[str, tuple[bytes, int]]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return {
            member.name: (opened.read(), member.mode)
            for member in archive
            if (opened := archive.extractfile(member)) is not None
        }
