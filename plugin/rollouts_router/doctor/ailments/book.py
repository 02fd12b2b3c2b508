"""All ailments, in the order of their codes: what --skip knows, and what docs/doctor.md is made of."""

from typing import Final

from rollouts_router.doctor.ailments import gitops, install, rollouts, routes, scaling
from rollouts_router.doctor.ailments.model import Ailment

BOOK: Final[tuple[Ailment, ...]] = (
    *install.ALL,
    *rollouts.ALL,
    *routes.ALL,
    *scaling.ALL,
    *gitops.ALL,
)
CODES: Final = frozenset(each.rule.code for each in BOOK)
