"""The lock of Debian packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle.arches import ARCHES
from bundle.errors import BundleError
from bundle.locks import Pin
from hypothesis import given
from hypothesis import strategies as st

from bundle import locks, relock

LOCK = Path(__file__).parents[2] / "requirements" / "debian.lock"
SUM = "0" * 64
WORDS = st.text("abz019.+~:-_/", min_size=1, max_size=12)
PINS = st.builds(
    Pin,
    arch=WORDS,
    name=WORDS,
    version=WORDS,
    path=WORDS,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)


@given(st.lists(PINS, max_size=5, unique_by=lambda pin: (pin.arch, pin.name)))
def test_what_is_written_is_read_again(pins: list[Pin]) -> None:
    assert locks.parse(locks.serialize(pins)) == tuple(sorted(pins))


@pytest.mark.parametrize(
    "line",
    ["amd64 libc6 2.36 pool/libc6.deb", f"amd64 libc6 2.36 {SUM}", "amd64 libc6 2.36 pool/libc6.deb 12ab"],
)
def test_a_line_that_is_no_pin_is_named(line: str) -> None:
    with pytest.raises(BundleError, match=r"debian\.lock line 2: expected ARCH NAME"):
        locks.parse(f"# words\n{line}\n")


def test_a_package_that_is_pinned_twice_is_named() -> None:
    line = f"amd64 libc6 2.36 pool/libc6.deb {SUM}\n"
    with pytest.raises(BundleError, match="pins twice: amd64 libc6"):
        locks.parse(line + line)


def test_the_lock_of_this_project_has_every_package_for_each_machine() -> None:
    pins = locks.parse(LOCK.read_text())
    assert {(pin.arch, pin.name) for pin in pins} == {
        *((arch, name) for arch in ARCHES for name in relock.PACKAGES),
        ("source", relock.SOURCE),
    }
    assert locks.serialize(pins) == LOCK.read_text()


def test_both_machines_get_the_same_versions() -> None:
    versions = {arch: {} for arch in ARCHES}  # type: dict[str, dict[str, str]]
    for pin in locks.parse(LOCK.read_text()):
        versions.get(pin.arch, {})[pin.name] = pin.version
    assert versions["amd64"] == versions["arm64"]


def test_the_fields_of_a_control_file_may_go_over_lines() -> None:
    text = (
        "Package: a\nChecksums-Sha256:\n 01 5 a.dsc\n 02 6 a.orig.tar.xz\nDirectory: pool/a\n\nPackage: b\n"
    )
    first, second = relock.stanzas(text)
    assert first["Checksums-Sha256"].split() == ["01", "5", "a.dsc", "02", "6", "a.orig.tar.xz"]
    assert first["Directory"] == "pool/a"
    assert second == {"Package": "b"}
