"""When the controller tells somebody, and in which words: a table. How the words become a message is `template`'s.

A trigger's name is `on-` and the reason of the controller's Event in kebab case (`utils/record`). The templates see
the Rollout as it was before the change that they tell of, so a pause is told from the step and not from the status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Colour(StrEnum):
    """The bar beside a message of Slack: its own green, yellow and red."""

    GOOD = "#2EB67D"
    WAITING = "#ECB22E"
    BAD = "#E01E5A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One thing that happens to a Rollout.

    Attributes:
        event: Its name in the payload, and, behind `progressive-`, the template's.
        trigger: The controller's name of it.
        colour: Of the message.
        phases: Which runs are told of.
        only_here: Whether a run of another step than the present one is left out.
        broadcast: Whether the channel sees it, or only the thread of the revision.
        words: What happened.
        program: Go template that may add to `$words`, with `$here`, `$step` and `$runs` at hand.
    """

    event: str
    trigger: str
    colour: Colour
    phases: Sequence[str] = ()
    only_here: bool = False
    broadcast: bool = True
    words: str
    program: str = ""


_BAD: Final = ("Failed", "Error")
_ANY: Final = ("Failed", "Error", "Inconclusive")

_PAUSED: Final = """\
{{- if $here }}{{ $words = printf "%s at %s" $words $here }}{{ end -}}
{{- if $runs -}}
  {{- $words = printf "%s, an analysis is inconclusive: somebody has to decide" $words -}}
{{- else if hasKey $step "pause" -}}
  {{- $for := dig "pause" "duration" "" $step | toString -}}
  {{- if not $for }}{{ $words = printf "%s until somebody promotes it" $words -}}
  {{- else if regexMatch "^[0-9]+$" $for }}{{ $words = printf "%s for %ss" $words $for -}}
  {{- else }}{{ $words = printf "%s for %s" $words $for }}{{ end -}}
{{- end -}}
"""

OCCASIONS: Final = (
    Occasion(
        event="analysis-failed",
        trigger="on-analysis-run-failed",
        colour=Colour.BAD,
        phases=_BAD,
        words="an analysis failed, the update is aborted",
    ),
    Occasion(
        event="analysis-error",
        trigger="on-analysis-run-error",
        colour=Colour.BAD,
        phases=_BAD,
        words="an analysis could not be measured, the update is aborted",
    ),
    Occasion(
        event="analysis-inconclusive",
        trigger="on-analysis-run-inconclusive",
        colour=Colour.WAITING,
        phases=("Inconclusive",),
        only_here=True,
        words="an analysis is inconclusive, the update waits for somebody to decide",
    ),
    Occasion(
        event="aborted",
        trigger="on-rollout-aborted",
        colour=Colour.BAD,
        phases=_ANY,
        words="the update is aborted, traffic goes back to the stable version",
    ),
    Occasion(
        event="paused",
        trigger="on-rollout-paused",
        colour=Colour.WAITING,
        phases=("Inconclusive",),
        only_here=True,
        broadcast=False,
        words="paused",
        program=_PAUSED,
    ),
    Occasion(
        event="completed",
        trigger="on-rollout-completed",
        colour=Colour.GOOD,
        broadcast=False,
        words="the update is complete, the new version takes all traffic",
    ),
)
