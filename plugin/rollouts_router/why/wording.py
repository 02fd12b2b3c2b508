"""How texts out of an AnalysisRun are made fit to be shown: arguments filled in, one line, cut. Nothing is read here.

The notification templates (`observability/notifications`) do the same in Go's template language; a test holds both to
one text. So what is counted here are characters, and white space is what it is to Go (RE2).
"""

import re
from collections.abc import Iterable
from typing import Final

from rollouts_router.core.untyped import JsonObject, items, mapping, text

NAME: Final = 60
VALUE: Final = 100
THRESHOLD: Final = 240
MESSAGE: Final = 160
"""Together below 600 characters: a section of Slack holds 3,000, and each may become five when it is escaped."""

QUERY: Final = 500
"""A section of its own."""

LIMIT: Final = 20

_SPACE: Final = re.compile(r"[\t\n\f\r ]+")
_ALONE: Final = re.compile(r"\A\[([^\[\],]+)\]\Z")


def cut(words: str, most: int) -> str:
    """At most so many characters, and a mark when some are missing."""
    return words if len(words) <= most else f"{words[:most]}…"


def one_line(words: str, most: int) -> str:
    """Every run of white space as one space, cut."""
    return cut(_SPACE.sub(" ", words).strip(" "), most)


def value_shown(value: str) -> str:
    """A measured value; a vector of one number, as Prometheus gives it, is that number."""
    return one_line(_ALONE.sub(r"\1", value), VALUE)


def filled(words: str, arguments: Iterable[object]) -> str:
    """A text of a metric with the run's arguments in place of `{{args.name}}`, spaces in the braces or not.

    The controller leaves the placeholders in the run (`ResolveMetricArgs` works on a copy). A secret argument stays
    a placeholder, whatever else the run has of it.
    """
    for argument in map(mapping, arguments):
        value = argument.get("value")
        if isinstance(value, str) and not is_secret(argument):
            placeholder = (
                r"\{\{[\t\n\f\r ]*args\." + re.escape(text(argument.get("name"))) + r"[\t\n\f\r ]*\}\}"
            )
            words = re.sub(placeholder, value.replace("\\", r"\\"), words)
    return words


def is_secret(argument: JsonObject) -> bool:
    """Whether an argument of a run comes out of a Secret."""
    return bool(mapping(mapping(argument.get("valueFrom")).get("secretKeyRef")))


def has_secrets(arguments: object) -> bool:
    """Whether a run has any: then the resolved queries that its status shows hold them in clear."""
    return any(is_secret(mapping(argument)) for argument in items(arguments))
