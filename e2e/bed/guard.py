"""Outlives a killed runner by a moment: `python -m e2e.bed.guard SESSION`, with a pipe from the runner as input.

The kernel's signal reaches the programs that the runner started, but not what these start themselves: the
controller's plugins. The pipe ends with the runner, however that ended, and then the session is swept.
"""

from __future__ import annotations

import sys
import time

from e2e.bed import sessions

SWEEPS = 100
INTERVAL = 0.05  # seconds


def main(session: int) -> None:
    """Waits for the end of the pipe, then kills until nobody is left."""
    sys.stdin.buffer.read()
    for _ in range(SWEEPS):
        if not sessions.kill_members(session):
            return
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
