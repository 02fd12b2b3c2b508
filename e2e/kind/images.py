"""`python -m e2e.kind.images FOLDER`: the router's image and the sample application's, for `kind load image-archive`.

An archive is a tar of an OCI image layout. containerd takes an image's name from an annotation of its own; names end
in .invalid, so nothing is ever asked of a registry for them. The router's image is the one of `make dist`, as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError
from bundle.tree import File, Tree

from bundle import arches, oci, outputs, tree
from e2e.gateways.shop import image

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUTER: Final = "rollouts-router.invalid/rollouts-router:this-checkout"
NAME: Final = "io.containerd.image.name"
SHOP: Final = "shop"
SOURCES: Final = (
    "e2e/__init__.py",
    "e2e/gateways/__init__.py",
    "e2e/gateways/frames.py",
    "e2e/gateways/pods.py",
    "e2e/gateways/wires.py",
    "e2e/kind/__init__.py",
    "e2e/kind/sample.py",
)
"""All that the sample application imports of this repository."""
VERSIONS: Final = (1, 2)
ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = (
    *("/runtime/lib/ld.so", "--inhibit-cache", "--library-path", "/runtime/lib"),
    *("/runtime/bin/python3", "-B", "-X", "utf8"),
)


def main() -> int:
    """Builds what `make dist` would, if it is not there already; prints a digest of both archives."""
    parser = argparse.ArgumentParser(prog="python -m e2e.kind.images", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    try:
        folder = parser.parse_args().folder
        folder.mkdir(parents=True, exist_ok=True)
        built = outputs.cached(arches.of_this_machine())
        router = archive(read(built / outputs.OCI), folder / "rollouts-router.tar", [ROUTER])
        shop = archive(sample(built), folder / "shop.tar", map(image, VERSIONS))
    except (BundleError, OSError) as error:
        print(f"no images: {error}", file=sys.stderr)
        return 1
    print(hashlib.sha256(f"{router}{shop}".encode()).hexdigest())
    return 0


def read(folder: Path) -> Tree:
    """A layout's files."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): File(path.read_bytes()) for path in files}


def sample(built: Path) -> Tree:
    """The layout of the sample application's image: the runtime tree of a build for this machine, and some sources."""
    arch = arches.of_this_machine()
    packed = (built / f"{outputs.name_for(arch)}.runtime.tar.gz").read_bytes()
    sources = {f"{SHOP}/{name}": File((ROOT / name).read_bytes()) for name in SOURCES}
    layers = (oci.packed_layer(packed), oci.layer(sources))
    start = oci.Start(title=SHOP, entrypoint=(*PYTHON, "-m", "e2e.kind.sample"), folder=f"/{SHOP}")
    return oci.layout({arch: layers}, "1", start)


def archive(layout: Tree, target: Path, names: Iterable[str]) -> str:
    """Writes the layout as a tar, its image under these names; the digest of what it holds."""
    index = json.loads(layout["index.json"].data)
    (only,) = index["manifests"]
    index["manifests"] = [{**only, "annotations": {NAME: name}} for name in names]
    files = {**layout, "index.json": File(json.dumps(index).encode())}
    target.write_bytes(oci.tarred(files))
    return tree.digest(files)


if __name__ == "__main__":
    sys.exit(main())
