"""The two machines that an executable is built for, as a table of what each one calls itself. Nothing else."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final

from bundle.errors import BundleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Arch:
    """One machine.

    Attributes:
        name: As Debian, Go and OCI call it.
        machine: As the kernel, Python's wheels and the C compiler call it.
        elf: Its number in the field e_machine of an ELF file.
        loader: The file name of glibc's dynamic loader.
    """

    name: str
    machine: str
    elf: int
    loader: str

    @property
    def triplet(self) -> str:
        """The name of Debian's folder for its libraries."""
        return f"{self.machine}-linux-gnu"

    @property
    def wheel_platforms(self) -> tuple[str, ...]:
        """Wheel tags that run on the bundled glibc, which is 2.36; pip takes the first that there is."""
        return tuple(
            f"{tag}_{self.machine}"
            for tag in ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
        )


ARCHES: Final = {
    "amd64": Arch(name="amd64", machine="x86_64", elf=62, loader="ld-linux-x86-64.so.2"),
    "arm64": Arch(name="arm64", machine="aarch64", elf=183, loader="ld-linux-aarch64.so.1"),
}


def of_this_machine() -> Arch:
    """The row of the machine that builds.

    Raises:
        BundleError: It is neither, or not Linux.
    """
    found = next((arch for arch in ARCHES.values() if arch.machine == platform.machine()), None)
    if found is None or platform.system() != "Linux":
        raise BundleError(
            f"executables are built on Linux on {' or '.join(arch.machine for arch in ARCHES.values())}, "
            f"this is {platform.system()} on {platform.machine()}: build in a container or take a released file"
        )
    return found
