"""Reads from a shared library or program (ELF, 64 bit, little-endian) what has to lie beside it. Pure.

Source: System V ABI, chapters "Object files" and "Program loading and dynamic linking".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC: Final = b"\x7fELF\x02\x01"  # 64 bit, least significant byte first
HEADER: Final = struct.Struct("<16xHH12xQ14xHH")  # e_type, e_machine, e_phoff, e_phentsize, e_phnum
NO_SECTIONS: Final = (
    (0x28, 8),
    (0x3C, 2),
    (0x3E, 2),
)  # e_shoff, e_shnum, e_shstrndx: where, and how many bytes
SEGMENT: Final = struct.Struct("<IIQQQQ")  # p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz
ENTRY: Final = struct.Struct("<qQ")  # d_tag, d_val
LOAD, DYNAMIC = 1, 2  # p_type
NEEDED, STRING_TABLE = 1, 5  # d_tag


@dataclass(frozen=True, slots=True)
class Elf:
    """The machine a file is for, as in e_machine, and the libraries it needs, by soname."""

    machine: int
    needed: tuple[str, ...]


def is_elf(data: bytes) -> bool:
    """Whether these bytes begin like an ELF file that we can read."""
    return data.startswith(MAGIC)


def parse(data: bytes) -> Elf:
    """What an ELF file says of itself.

    Raises:
        BundleError: It is damaged.
    """
    try:
        _, machine, offset, size, count = HEADER.unpack_from(data)
        segments = [SEGMENT.unpack_from(data, offset + index * size) for index in range(count)]
        return Elf(machine, tuple(_needed(data, segments)))
    except (struct.error, ValueError, KeyError, StopIteration) as error:
        raise BundleError(f"a damaged ELF file: {type(error).__name__} {error}") from error


def stripped(data: bytes) -> bytes:
    """The file without what is never loaded: debug information, symbols for debuggers, and the table of sections.

    A loader goes by segments alone. What follows the last one in the file is cut off.

    Raises:
        BundleError: It is damaged.
    """
    try:
        _, _, offset, size, count = HEADER.unpack_from(data)
        segments = [SEGMENT.unpack_from(data, offset + index * size) for index in range(count)]
    except struct.error as error:
        raise BundleError(f"a damaged ELF file: {error}") from error
    end = max([offset + count * size, *(begin + length for _, _, begin, _, _, length in segments)])
    kept = bytearray(data[:end])
    for at, length in NO_SECTIONS:
        kept[at : at + length] = bytes(length)
    return bytes(kept)


def _needed(data: bytes, segments: list[tuple[int, ...]]) -> Iterator[str]:
    dynamic = next((each for each in segments if each[0] == DYNAMIC), None)
    if dynamic is None:  # statically linked
        return
    table = data[dynamic[2] : dynamic[2] + dynamic[5]]
    entries = list(ENTRY.iter_unpack(table[: len(table) // ENTRY.size * ENTRY.size]))
    names = [value for tag, value in entries if tag == NEEDED]
    if not names:
        return
    strings = _in_file(segments, dict(entries)[STRING_TABLE])
    for name in names:
        start = strings + name
        yield data[start : data.index(b"\0", start)].decode()


def _in_file(segments: list[tuple[int, ...]], address: int) -> int:
    """Where in the file the byte lies that will be at this address."""
    return next(
        offset + address - start
        for kind, _, offset, start, _, size in segments
        if kind == LOAD and start <= address < start + size
    )
