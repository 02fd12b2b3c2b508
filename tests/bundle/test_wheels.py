"""Wheels, opened."""

from __future__ import annotations

import io
import zipfile

import pytest
from bundle.arches import ARCHES
from bundle.debs import Contents
from bundle.errors import BundleError
from bundle.tree import File

from bundle import runtime, wheels

METADATA = b"Metadata-Version: 2.4\nName: Thing\nVersion: 1.2\nLicense-Expression: MIT\n\nWords\n"


def test_a_wheel_is_opened_as_it_would_be_installed() -> None:
    wheel = wheels.opened(
        _zip(
            {
                "thing/__init__.py": b"1",
                "thing-1.2.data/platlib/thing/fast.so": b"2",
                "thing-1.2.data/scripts/thing": b"3",
                "thing-1.2.dist-info/METADATA": METADATA,
            }
        ),
        "thing.whl",
    )
    assert (wheel.name, wheel.version, wheel.licence) == ("Thing", "1.2", "MIT")
    assert wheel.files["thing/fast.so"] == File(b"2")
    assert "thing/thing" not in wheel.files


@pytest.mark.parametrize("data", [b"", b"junk"])
def test_a_damaged_one_is_named(data: bytes) -> None:
    with pytest.raises(BundleError, match=r"thing\.whl cannot be opened"):
        wheels.opened(data, "thing.whl")


def test_one_without_metadata_is_named() -> None:
    with pytest.raises(BundleError, match=r"thing\.whl has no METADATA"):
        wheels.opened(_zip({"thing/__init__.py": b""}), "thing.whl")


def test_of_a_wheel_modules_and_data_that_are_read_go_into_the_tree() -> None:
    taken = ["thing/__init__.py", "thing/fast.cpython-311-x86_64-linux-gnu.so", "thing/roots.pem"]
    left = [
        "thing/tests/test_it.py",
        "thing/fast.pyx",
        "thing/py.typed",
        "kubernetes_asyncio/client/models/v1_pod.py",
    ]
    files = {path: File(b"") for path in (*taken, *left)}
    wheel = wheels.Wheel(name="thing", version="1", licence="", files=files)
    tree = runtime.assemble(_debian(), [wheel], ARCHES["amd64"])
    assert sorted(tree) == sorted(
        [
            "bin/python3",
            "lib/ld.so",
            "lib/libgcc_s.so.1",
            "lib/python3.11/os.py",
            "lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
            *(f"lib/python3/dist-packages/{path}" for path in taken),
        ]
    )


def test_packages_without_a_python_are_refused() -> None:
    with pytest.raises(BundleError, match=r"for amd64 have no usr/bin/python3\.11"):
        runtime.assemble(Contents(), [], ARCHES["amd64"])


def _debian() -> Contents:
    """Packages with a Python of which a part is of no use to a server."""
    stdlib = (
        "os.py",
        "test/test_os.py",
        "sitecustomize.py",
        "lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
    )
    names = [
        f"usr/lib/python3.11/{path}"
        for path in (*stdlib, "lib-dynload/_lzma.cpython-311-x86_64-linux-gnu.so")
    ]
    libraries = [f"lib/x86_64-linux-gnu/{name}" for name in ("ld-linux-x86-64.so.2", "libgcc_s.so.1")]
    return Contents(files={path: File(b"") for path in ("usr/bin/python3.11", *names, *libraries)})


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
