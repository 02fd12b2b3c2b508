"""Which libraries come along, with ELF files made by the test."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from bundle.arches import ARCHES
from bundle.debs import Contents
from bundle.errors import BundleError
from bundle.tree import File

from bundle import elf, libraries

AMD64 = ARCHES["amd64"]
X86, ARM = 62, 183


def made(machine: int, *needed: str) -> bytes:
    """An ELF file of a header, two segments, a dynamic section and its names; it is loaded 0x1000 higher."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in needed)
    places = [strings.index(name.encode()) for name in needed]
    header_size, segment_size = 64, 56
    dynamic_at = header_size + 2 * segment_size
    entries = [(1, place) for place in places]
    strings_at = dynamic_at + 16 * (len(entries) + 2)
    entries += [(5, 0x1000 + strings_at), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    total = strings_at + len(strings)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        3,
        machine,
        1,
        0,
        header_size,
        0,
        0,
        header_size,
        segment_size,
        2,
        0,
        0,
        0,
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0, total, total, 0)
    where = struct.pack("<IIQQQQQQ", 2, 4, dynamic_at, 0x1000 + dynamic_at, 0, len(dynamic), len(dynamic), 0)
    return header + load + where + dynamic + strings


def debian(**libraries_by_name: bytes) -> Contents:
    """Packages with the loader, libgcc_s, and these: dots are written as two underscores."""
    every = {"ld-linux-x86-64.so.2": made(X86), "libgcc_s.so.1": made(X86)}
    every |= {name.replace("__", "."): data for name, data in libraries_by_name.items()}
    return Contents(files={f"lib/x86_64-linux-gnu/{name}": File(data) for name, data in every.items()})


def test_an_elf_file_tells_its_machine_and_what_it_needs() -> None:
    assert elf.parse(made(ARM, "libc.so.6", "libm.so.6")) == elf.Elf(ARM, ("libc.so.6", "libm.so.6"))
    assert elf.parse(made(X86)) == elf.Elf(X86, ())


def test_stripping_cuts_off_what_is_behind_the_last_segment_and_the_table_of_it() -> None:
    plain = bytearray(made(X86, "libc.so.6"))
    plain[0x28:0x30], plain[0x3C:0x40] = struct.pack("<Q", len(plain) + 5), b"\x01\0\x01\0"
    stripped = elf.stripped(bytes(plain) + b"debug")
    assert stripped == made(X86, "libc.so.6")
    assert elf.parse(stripped) == elf.parse(bytes(plain))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at this interpreter, which is ELF on Linux only")
def test_a_real_program_can_be_read() -> None:
    assert any(name.startswith("libc.") for name in elf.parse(Path(sys.executable).read_bytes()).needed)


@pytest.mark.parametrize("length", [10, 70, 130, 200])
def test_a_damaged_one_is_refused(length: int) -> None:
    with pytest.raises(BundleError, match="damaged ELF"):
        elf.parse(made(X86, "libc.so.6")[:length])


def test_what_is_needed_comes_along_and_what_that_needs_too() -> None:
    packages = debian(liba__so__1=made(X86, "libb.so.2"), libb__so__2=made(X86), libc__so__6=made(X86))
    found = libraries.closure({"bin/python3": File(made(X86, "liba.so.1"))}, packages, AMD64)
    assert set(found) == {"lib/ld.so", "lib/liba.so.1", "lib/libb.so.2", "lib/libgcc_s.so.1"}


def test_a_library_that_the_tree_has_is_not_looked_for() -> None:
    tree = {"x/y.so": File(made(X86, "libown.so.1")), "x/libown.so.1": File(made(X86))}
    assert set(libraries.closure(tree, debian(), AMD64)) == {"lib/ld.so", "lib/libgcc_s.so.1"}


def test_one_that_is_nowhere_is_named() -> None:
    with pytest.raises(BundleError, match=r"libz\.so\.1 for amd64 is in none of the locked Debian packages"):
        libraries.closure({"bin/python3": File(made(X86, "libz.so.1"))}, debian(), AMD64)


def test_a_file_for_another_machine_is_named() -> None:
    with pytest.raises(BundleError, match=r"a/b\.so is for another machine than amd64"):
        libraries.closure({"a/b.so": File(made(ARM))}, debian(), AMD64)
