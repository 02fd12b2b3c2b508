"""Rules on files: whether they can be read at all."""

from typing import Final

from rollouts_router.lint.rules.grades import error, warning

BROKEN: Final = error(
    "RR601",
    "a file is no YAML",
    "Correct the line. A placeholder such as {{args.limit}} has to stand in quotes.",
)
NOT_RENDERED: Final = warning(
    "RR602",
    "a Helm template was given as it is",
    "Render it first: `helm template CHART | rollouts-router lint -`. Nothing after that line was looked at.",
)
TOO_MUCH: Final = error(
    "RR603",
    "a file is more than is looked at",
    "Split it, or write out what its aliases stand for.",
)
REPEATED: Final = warning(
    "RR604",
    "a field stands twice in one map",
    "Keep one of them: only the last one counts, and stricter programs refuse the whole object.",
)
UNKNOWN_SKIP: Final = warning(
    "RR605",
    "the lint-skip annotation names no rule",
    "Correct the code, or take it out.",
)
WRONG_TYPE: Final = error(
    "RR606",
    "a field of a Rollout has a type that it cannot have",
    "Write it as the sentence says.",
)

READING: Final = (BROKEN, NOT_RENDERED, TOO_MUCH, REPEATED, UNKNOWN_SKIP, WRONG_TYPE)
