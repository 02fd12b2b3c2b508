"""Opens Debian packages: an `ar` archive around a compressed tar of files and links. Pure; needs no dpkg."""

from __future__ import annotations

import io
import posixpath
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bundle.errors import BundleError
from bundle.tree import File, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC: Final = b"!<arch>\n"
HEADER: Final = 60  # bytes: name 16, time 12, owner 6, group 6, mode 8, size 10, end mark 2
MOST_LINKS: Final = 16  # in a row; more are a circle
ANY_EXECUTE: Final = 0o111


@dataclass(frozen=True, slots=True)
class Contents:
    """Files and links of one or more packages, by their path without the leading slash."""

    files: Tree = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def add(self, deb: bytes) -> None:
        """Take over what a package contains.

        Raises:
            BundleError: It is no package, or compressed in a way that Python cannot undo.
        """
        try:
            with tarfile.open(fileobj=io.BytesIO(_data_member(deb))) as archive:
                for member in archive:
                    self._take(archive, member)
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise BundleError(f"this is no Debian package that can be read: {error}") from error

    def find(self, path: str) -> File | None:
        """The file at this path, by way of links to files and folders, also between packages."""
        for _ in range(MOST_LINKS):
            if path in self.files:
                return self.files[path]
            followed = self._followed(path)
            if followed is None:
                return None
            path = followed
        return None

    def _take(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = posixpath.normpath(member.name).lstrip("/")
        if member.issym():
            self.links[path] = posixpath.normpath(
                posixpath.join("/", posixpath.dirname(path), member.linkname)
            ).lstrip("/")
        elif (opened := archive.extractfile(member)) is not None:  # hard links are followed by tarfile
            self.files[path] = File(opened.read(), executable=bool(member.mode & ANY_EXECUTE))

    def _followed(self, path: str) -> str | None:
        """The path with its innermost link replaced by what that leads to."""
        head, tail = path, ""
        while head:
            if head in self.links:
                return posixpath.join(self.links[head], tail) if tail else self.links[head]
            head, _, last = head.rpartition("/")
            tail = posixpath.join(last, tail) if tail else last
        return None


def _data_member(deb: bytes) -> bytes:
    for name, data in _members(deb):
        if name.startswith("data.tar"):
            return data
    raise ValueError("it has no member data.tar")


def _members(deb: bytes) -> Iterator[tuple[str, bytes]]:
    if not deb.startswith(MAGIC):
        raise ValueError("it is no ar archive")
    at = len(MAGIC)
    while at + HEADER <= len(deb):
        header = deb[at : at + HEADER]
        size = int(header[48:58])
        yield header[:16].decode().strip().rstrip("/"), deb[at + HEADER : at + HEADER + size]
        at += HEADER + size + size % 2
