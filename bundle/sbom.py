"""The bill of materials of an executable, in CycloneDX 1.5. Pure.

Source: https://cyclonedx.org/docs/1.5/json/ and the package URL types `deb`, `pypi` and `generic`. It carries no time
and no random serial number, so the same contents give the same bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundle.arches import Arch
    from bundle.locks import Pin
    from bundle.wheels import Wheel

DISTRIBUTION: Final = "debian-12"
NOT_IN: Final = frozenset({"base-files", "gcc-12-base"})
"""Packages of the lock that give nothing but licence texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A row of the bill."""

    name: str
    version: str
    purl: str
    licence: str = ""
    sha256: str = ""


def of_pin(pin: Pin) -> Component:
    """A Debian package, or the source archive of one, as it was locked."""
    qualifiers = f"arch={pin.arch}&distro={DISTRIBUTION}"
    purl = f"pkg:deb/debian/{quote(pin.name)}@{quote(pin.version)}?{qualifiers}"
    return Component(name=pin.name, version=pin.version, purl=purl, sha256=pin.sha256)


def of_wheel(wheel: Wheel) -> Component:
    """A package of PyPI; its name in the normal form of PEP 503."""
    name = re.sub(r"[-_.]+", "-", wheel.name).lower()
    purl = f"pkg:pypi/{name}@{quote(wheel.version)}"
    return Component(name=name, version=wheel.version, purl=purl, licence=wheel.licence, sha256=wheel.sha256)


def of_musl(version: str) -> Component:
    """The C library in the launcher."""
    return Component(name="musl", version=version, purl=f"pkg:generic/musl@{quote(version)}", licence="MIT")


def text(product: Component, components: Iterable[Component], arch: Arch) -> bytes:
    """The bill of this product for this machine."""
    rows = sorted(components, key=lambda each: each.purl)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {**_row(product), "type": "application"},
            "properties": [{"name": "rollouts-router:architecture", "value": arch.name}],
        },
        "components": [_row(each) for each in rows],
        "dependencies": [{"ref": product.purl, "dependsOn": [each.purl for each in rows]}],
    }
    return json.dumps(bill, indent=1).encode() + b"\n"


def _row(of: Component) -> dict[str, object]:
    row: dict[str, object] = {
        "type": "library",
        "bom-ref": of.purl,
        "name": of.name,
        "version": of.version,
        "purl": of.purl,
    }
    if of.licence:
        row["licenses"] = [{"license": {"name": of.licence}}]
    if of.sha256:
        row["hashes"] = [{"alg": "SHA-256", "content": of.sha256}]
    return row
