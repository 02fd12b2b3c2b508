"""The payload behind the launcher: an index of the tree, the files' bytes, and a footer that says where both are. Pure.

The file is

    launcher | index, compressed | data, compressed | footer

The index is one record for each folder and file, folders first and each before what is in it: a kind byte, the
length of the name, the size of the file, the name. The data is the files' bytes in the same order. Both are zstd
frames with a checksum. `launcher.c` reads this: whoever changes one changes the other, and the magic.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from bundle import tree as trees

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bundle.tree import File

MAGIC: Final = b"RRPACK01"
RECORD: Final = struct.Struct("<BHI")  # kind, length of the name, size of the file
FOOTER: Final = struct.Struct(
    "<8sQQQ64s"
)  # magic, where the index begins, sizes of index and data, the tree's id
FOLDER, PLAIN, PROGRAM = b"DFX"
ID_FILE: Final = "ID"
"""The file of a tree that carries the digest of all its others, so that a tree on a volume can be told apart."""


def identified(tree: Mapping[str, File]) -> dict[str, File]:
    """The tree with its own digest in the file `ID`."""
    return {**tree, ID_FILE: trees.File(trees.digest(tree).encode())}


def index(tree: Mapping[str, File]) -> bytes:
    """The records of the tree."""
    made = [_record(FOLDER, name, 0) for name in trees.folders(tree)]
    made += [
        _record(PROGRAM if file.executable else PLAIN, path, len(file.data))
        for path, file in sorted(tree.items())
    ]
    return b"".join(made)


def data(tree: Mapping[str, File]) -> bytes:
    """The bytes of all files, in the order of the index."""
    return b"".join(file.data for _, file in sorted(tree.items()))


def executable(launcher: bytes, tree: Mapping[str, File], compress: Callable[[bytes], bytes]) -> bytes:
    """The whole file. The tree is one with an `ID`; `compress` makes a zstd frame with a checksum."""
    index_frame, data_frame = compress(index(tree)), compress(data(tree))
    footer = FOOTER.pack(MAGIC, len(launcher), len(index_frame), len(data_frame), tree[ID_FILE].data)
    return b"".join((launcher, index_frame, data_frame, footer))


def _record(kind: int, name: str, size: int) -> bytes:
    encoded = name.encode()
    return RECORD.pack(kind, len(encoded), size) + encoded
