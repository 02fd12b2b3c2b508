"""The payload's format, read back by a reader of the test's own that follows the description in the module."""

from __future__ import annotations

import struct
import zlib

from bundle.tree import File
from hypothesis import given
from hypothesis import strategies as st

from bundle import pack
from bundle import tree as trees

NAMES = st.lists(st.text("abc.", min_size=1).filter(lambda part: part.strip(".")), min_size=1, max_size=3)
TREES = st.dictionaries(
    NAMES.map(lambda parts: "f-" + "/d-".join(parts)), st.builds(File, st.binary(), st.booleans()), max_size=8
).filter(lambda tree: not set(tree) & set(trees.folders(tree)))


@given(TREES)
def test_what_is_packed_is_read_again_whatever_the_tree(tree: dict[str, File]) -> None:
    whole = pack.identified(tree)
    launcher, read = _read(pack.executable(b"launcher", whole, zlib.compress))
    assert launcher == b"launcher"
    assert read == whole


@given(TREES)
def test_a_folder_comes_before_what_is_in_it(tree: dict[str, File]) -> None:
    known = {""}
    for kind, name, _ in _records(pack.index(tree)):
        assert name.rpartition("/")[0] in known
        if kind == "D":
            known.add(name)


def test_the_id_is_the_digest_of_all_other_files() -> None:
    tree = {"a": File(b"1")}
    assert pack.identified(tree)["ID"].data.decode() == trees.digest(tree)


def test_the_same_tree_gives_the_same_bytes_in_whatever_order() -> None:
    tree = pack.identified({"b": File(b"2"), "a": File(b"1", executable=True)})
    turned = dict(reversed(tree.items()))
    assert pack.executable(b"", tree, zlib.compress) == pack.executable(b"", turned, zlib.compress)


def test_the_footer_is_as_launcher_c_declares_it() -> None:
    """Four fields without padding: 8 characters, three 64-bit numbers, 64 characters."""
    assert pack.FOOTER.size == 8 + 3 * 8 + 64
    assert pack.RECORD.size == 7


def _read(data: bytes) -> tuple[bytes, dict[str, File]]:
    magic, at, index_size, data_size, identity = struct.unpack("<8sQQQ64s", data[-96:])
    assert magic == b"RRPACK01"
    assert at + index_size + data_size + 96 == len(data)
    contents, files = zlib.decompress(data[at + index_size : -96]), {}
    for kind, name, size in _records(zlib.decompress(data[at : at + index_size])):
        if kind != "D":
            files[name] = File(contents[:size], executable=kind == "X")
            contents = contents[size:]
    assert not contents
    assert identity == files["ID"].data
    return data[:at], files


def _records(index: bytes) -> list[tuple[str, str, int]]:
    found = []
    while index:
        kind, length, size = struct.unpack_from("<cHI", index)
        found.append((kind.decode(), index[7 : 7 + length].decode(), size))
        index = index[7 + length :]
    return found
