"""The bill of materials and the licences."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import pytest
from bundle.arches import ARCHES
from bundle.debs import Contents
from bundle.errors import BundleError
from bundle.locks import Pin
from bundle.tree import File
from bundle.wheels import Wheel

from bundle import licences, sbom

Object: TypeAlias = dict[str, Any]

PIN = Pin(arch="amd64", name="libstdc++6", version="1:12.2~rc+1", path="pool/x.deb", sha256="0" * 64)
WHEEL = Wheel(
    name="Some_Thing",
    version="1.0",
    licence="MIT",
    sha256="1" * 64,
    files={
        "some_thing-1.0.dist-info/licenses/LICENSE": File(b"Do as you like."),
        "some/licenses.py": File(b"code"),
    },
)
DEBIAN = Contents(
    files={
        "usr/share/doc/gcc-base/copyright": File(b"see /usr/share/common-licenses/GPL-3."),
        "usr/share/common-licenses/GPL-3": File(b"GNU GENERAL PUBLIC"),
        "usr/share/common-licenses/BSD": File(b"not named"),
    },
    links={"usr/share/doc/libstdc++6": "usr/share/doc/gcc-base"},
)


def test_the_bill_names_every_component_once_by_its_package_url() -> None:
    bill = _bill()
    assert [each["purl"] for each in bill["components"]] == [
        "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2~rc%2B1?arch=amd64&distro=debian-12",
        "pkg:generic/musl@1.2.5",
        "pkg:pypi/some-thing@1.0",
    ]
    assert bill["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "0" * 64}]
    assert bill["components"][2]["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]
    assert bill["components"][2]["licenses"] == [{"license": {"name": "MIT"}}]


def test_the_bill_has_the_frame_that_the_format_asks_for() -> None:
    bill = _bill()
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    product = bill["metadata"]["component"]
    assert (product["type"], product["name"], product["version"]) == (
        "application",
        "rollouts-router",
        "0.1.0",
    )
    references = [each["bom-ref"] for each in bill["components"]]
    assert bill["dependencies"] == [{"ref": product["bom-ref"], "dependsOn": references}]


def test_the_licences_follow_links_and_add_the_texts_that_are_only_named() -> None:
    text = licences.text(DEBIAN, {"libstdc++6": "12"}, [WHEEL], {"zstd": b"BSD License"}).decode()
    for part in (
        "libstdc++6 12 (Debian)",
        "GNU GENERAL PUBLIC",
        "Do as you like.",
        "zstd (linked",
        "BSD License",
    ):
        assert part in text
    assert "not named" not in text
    assert "code" not in text


def test_a_package_without_a_licence_is_named() -> None:
    with pytest.raises(BundleError, match="libz has no copyright file"):
        licences.text(DEBIAN, {"libz": "1"}, [], {})
    bare = Wheel(name="bare", version="2", licence="", files={})
    with pytest.raises(BundleError, match="bare 2 states no licence"):
        licences.text(DEBIAN, {}, [bare], {})


def _bill() -> Object:
    product = Wheel(name="rollouts-router", version="0.1.0", licence="", files={})
    rows = [sbom.of_wheel(WHEEL), sbom.of_musl("1.2.5"), sbom.of_pin(PIN)]
    read: Object = json.loads(sbom.text(sbom.of_wheel(product), rows, ARCHES["amd64"]))
    return read
