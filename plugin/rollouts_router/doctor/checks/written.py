"""RR701 to RR712, RR723: what `lint` knows of a Rollout's steps and block, asked of the Rollout as the cluster has it.

Only rules that need nothing but the Rollout itself: for the rest the cluster tells more than files do.
"""

import json
from collections.abc import Iterator
from typing import Final

from rollouts_router.doctor.checks.rollouts import place_of
from rollouts_router.doctor.facts import Subject
from rollouts_router.findings.model import Finding, Severity
from rollouts_router.lint.linting import Text, lint
from rollouts_router.lint.rules.plugin import UNKNOWN_KEY
from rollouts_router.lint.rules.steps import STEPS

ASKED: Final = frozenset(rule.code for rule in (*STEPS, UNKNOWN_KEY) if rule.severity is not Severity.NOTE)
"""Codes of lint that are told here as well."""


def written(subject: Subject) -> Iterator[Finding]:
    """What is wrong with it as it is written."""
    if not isinstance(subject.manifest, dict):
        return
    for each in lint([Text(str(subject), json.dumps(subject.manifest))]):
        if each.rule.code in ASKED:
            yield Finding(rule=each.rule, place=place_of(subject), sentence=each.sentence)
