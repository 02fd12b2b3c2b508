"""All rules with the checks that look for them, by family. The order is that of docs/lint.md."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rollouts_router.findings.model import Finding, Rule
from rollouts_router.lint.checks.attached import check_uses
from rollouts_router.lint.checks.budgets import check_budgets
from rollouts_router.lint.checks.conditions import check_conditions
from rollouts_router.lint.checks.limits import check_limits
from rollouts_router.lint.checks.loosening import check_loosening
from rollouts_router.lint.checks.plugin import check_plugin
from rollouts_router.lint.checks.routes import check_routes
from rollouts_router.lint.checks.scaling import check_scaling
from rollouts_router.lint.checks.services import check_services
from rollouts_router.lint.checks.steps import check_order, check_steps
from rollouts_router.lint.manifests import Given
from rollouts_router.lint.rules.analysis import ANALYSIS
from rollouts_router.lint.rules.plugin import PLUGIN
from rollouts_router.lint.rules.reading import READING
from rollouts_router.lint.rules.routes import ROUTES
from rollouts_router.lint.rules.scaling import SCALING
from rollouts_router.lint.rules.steps import STEPS

Check = Callable[[Given], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Family:
    """Rules on one subject, and the checks that look for them; those on files are looked for while reading."""

    title: str
    rules: tuple[Rule, ...]
    checks: tuple[Check, ...] = ()


FAMILIES: Final = (
    Family("Files", READING),
    Family("Analysis", ANALYSIS, (check_limits, check_conditions, check_uses, check_loosening)),
    Family("Steps", STEPS, (check_steps, check_order)),
    Family("The plugin's block", PLUGIN, (check_plugin,)),
    Family("Routes and Services", ROUTES, (check_services, check_routes)),
    Family("Scaling", SCALING, (check_scaling, check_budgets)),
)
RULES: Final[Mapping[str, Rule]] = {rule.code: rule for family in FAMILIES for rule in family.rules}
