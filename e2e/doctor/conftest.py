"""Where the doctor is called: a namespace in the shared bed, with an install of its own in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from e2e.doctor.installation import Installation, installed
from e2e.scenarios.conftest import pytest_runtest_makereport, shared, site

if TYPE_CHECKING:
    from e2e.scenarios.site import Site

__all__ = ["installation", "pytest_runtest_makereport", "shared", "site"]


@pytest_asyncio.fixture(loop_scope="session")
async def installation(site: Site) -> Installation:
    """All that an operator has installed, as it should be."""
    return await installed(site.plane, site.namespace)
