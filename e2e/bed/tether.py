"""Runs a program that dies with its parent: `tether.py PARENT SIGNAL PROGRAM [ARGUMENT...]`.

Started as a file, not as a module: it runs between fork and exec of every program of the bed, so it imports next
to nothing. The signal is the kernel's doing and comes even when the parent had no time for farewells.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, number: int, command: list[str]) -> None:
    """Asks for the signal, then becomes the program; the process id stays."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0):
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # It was gone before the signal was asked for.
        sys.exit("the parent has died already")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
