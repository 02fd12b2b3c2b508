"""The runtime tree without its launcher: nothing that the product uses was left out of it."""

# ruff: noqa: D103 -- the names are the sentences

from __future__ import annotations

import subprocess
import tarfile
from typing import TYPE_CHECKING

from bundle import arches, outputs

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 120.0  # seconds
IMPORTS = """
import importlib, pkgutil
import rollouts_router
from rollouts_router.kube import lean
for found in pkgutil.walk_packages(rollouts_router.__path__, "rollouts_router."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
lean.load()
for name in ("grpc.aio", "grpc_health.v1.health", "grpc_reflection.v1alpha.reflection", "grpc_status.rpc_status",
             "google.rpc.error_details_pb2", "prometheus_client", "aiohttp", "msgspec._core", "yaml._yaml", "zoneinfo"):
    importlib.import_module(name)
"""


def test_every_module_of_the_product_and_every_dependency_can_be_imported(
    built: Path, tmp_path: Path
) -> None:
    name = outputs.name_for(arches.of_this_machine())
    with tarfile.open(built / f"{name}.runtime.tar.gz") as archive:
        archive.extractall(tmp_path, filter="tar")
    tree = tmp_path / "runtime"
    start = (
        tree / "lib" / "ld.so",
        "--inhibit-cache",
        "--library-path",
        tree / "lib",
        tree / "bin" / "python3",
    )
    done = subprocess.run(
        (*start, "-I", "-B", "-c", IMPORTS),
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert (done.returncode, done.stderr) == (0, "")
