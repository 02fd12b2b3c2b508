"""Who starts the shared bed, and when: the process that pytest was started as, once tests that need it are known.

With pytest-xdist that process collects nothing itself and learns from its workers what they have collected; they
learn from it where the bed will be announced. What a bed is, and what is done in one, is not known here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from e2e.scenarios.sharing import MEETING_POINT, SharedBed

if TYPE_CHECKING:
    from collections.abc import Iterable

BED = pytest.StashKey[SharedBed]()
SHARED = ("e2e/scenarios/", "e2e/doctor/", "e2e/kit/")
ALONE = tuple(f"{folder}alone/" for folder in SHARED)


class Worker(Protocol):
    """What pytest-xdist calls a node: one of its worker processes, as its controlling process sees it."""

    config: pytest.Config
    workerinput: dict[str, object]


def pytest_configure(config: pytest.Config) -> None:
    """Makes ready, starts nothing. What is started later is stopped also after a failure or Ctrl-C."""
    given: dict[str, object] | None = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[MEETING_POINT] = Path(str(given["meeting point"]))
        return
    bed = SharedBed()
    config.stash[BED], config.stash[MEETING_POINT] = bed, bed.meeting_point
    config.add_cleanup(bed.stop)
    if hasattr(config.option, "loadscopereorder"):
        # Files with the fewest tests would come last, and they are those that take the longest.
        config.option.loadscopereorder = False


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Worker) -> None:
    """Tells a worker, before it starts, where the bed will be announced."""
    node.workerinput["meeting point"] = str(node.config.stash[MEETING_POINT])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Worker, ids: list[str]) -> None:
    """A worker has collected."""
    _start_if_needed(node.config, ids)


def pytest_collection_finish(session: pytest.Session) -> None:
    """This process has collected, itself: without pytest-xdist, or as a worker of it."""
    if not session.config.option.collectonly:
        _start_if_needed(session.config, (item.nodeid for item in session.items))


def _start_if_needed(config: pytest.Config, ids: Iterable[str]) -> None:
    if BED in config.stash and any(each.startswith(SHARED) and not each.startswith(ALONE) for each in ids):
        config.stash[BED].start()
