"""The executable of this checkout, built as `make dist` builds it, for this machine; and containers to run it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundle import arches, outputs
from e2e.dist import orders
from e2e.dist.orders import Container

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder that `make dist` fills. Takes minutes when something changed that decides the executable's bytes."""
    return outputs.cached(arches.of_this_machine())


@pytest.fixture(scope="session")
def executable(built: Path) -> Path:
    """The self-contained executable."""
    return built / outputs.name_for(arches.of_this_machine())


@pytest.fixture(scope="session")
def _can_contain(tmp_path_factory: pytest.TempPathFactory) -> None:
    if reason := orders.why_not(tmp_path_factory.mktemp("container")):
        pytest.skip(reason)


@pytest.fixture
def container(_can_contain: None, tmp_path: Path, executable: Path) -> Container:
    """A container whose controller has copied the executable to its plugin-bin."""
    made = Container(folder=tmp_path)
    made.receives(executable)
    return made
