"""Debian packages, made by the test byte for byte."""

from __future__ import annotations

import io
import tarfile

import pytest
from bundle.debs import Contents
from bundle.errors import BundleError
from bundle.tree import File


def test_files_are_found_with_their_bytes_and_whether_they_are_programs() -> None:
    contents = Contents()
    contents.add(_deb({"./usr/bin/a": b"1", "./usr/lib/b": b"22"}, executable="./usr/bin/a"))
    assert contents.find("usr/bin/a") == File(b"1", executable=True)
    assert contents.find("usr/lib/b") == File(b"22")
    assert contents.find("usr/lib/c") is None


def test_links_are_followed_to_files_through_folders_and_into_other_packages() -> None:
    contents = Contents()
    links = {"./lib/libz.so.1": "libz.so.1.2", "./doc/libgcc": "gcc-base", "./far": "/lib/libz.so.1"}
    contents.add(_deb({"./lib/libz.so.1.2": b"z"}, links=links))
    contents.add(_deb({"./doc/gcc-base/copyright": b"GPL"}))
    assert contents.find("lib/libz.so.1") == File(b"z")
    assert contents.find("doc/libgcc/copyright") == File(b"GPL")
    assert contents.find("far") == File(b"z")


def test_links_in_a_circle_lead_nowhere() -> None:
    contents = Contents()
    contents.add(_deb({}, links={"./a": "b", "./b": "a"}))
    assert contents.find("a") is None


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"words",
        b"!<arch>\n",
        b"!<arch>\n" + b"x" * 60,
        b"!<arch>\n" + b"data.tar".ljust(48) + b"4".ljust(12) + b"junk",
    ],
)
def test_what_is_no_package_is_refused(damaged: bytes) -> None:
    with pytest.raises(BundleError, match="no Debian package that can be read"):
        Contents().add(damaged)


def _deb(files: dict[str, bytes], links: dict[str, str] | None = None, executable: str = "") -> bytes:
    """A package with these files; that its data begins at an odd place is made sure of by the member before."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:xz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755 if name == executable else 0o644
            archive.addfile(member, io.BytesIO(data))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    members = {"debian-binary": b"2.0", "data.tar.xz": made.getvalue()}
    return b"!<arch>\n" + b"".join(_member(name, data) for name, data in members.items())


def _member(name: str, data: bytes) -> bytes:
    header = f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(data):<10}`\n".encode()
    return header + data + b"\n" * (len(data) % 2)
