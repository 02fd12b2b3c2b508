"""Notification templates as the controller's engine reads them: a message, attachments for Slack, a body for webhooks.

Each field of a template is parsed on its own, so each begins with the same program (`runs.gotmpl`). Everything that
comes from a cluster goes through `toJson` where JSON is made, and never between quotes of ours.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from observability.notifications.occasions import Occasion

SLACK: Final = "slack"
WEBHOOK: Final = "webhook"
"""Names of the services in the ConfigMap and in the subscriptions' annotations."""

_PROGRAM: Final = "".join(
    f"{line.strip()}\n" for line in Path(__file__).with_name("runs.gotmpl").read_text("utf-8").splitlines()
)
"""Without its indentation, which the engine drops as well: it stands in each field of each template."""

_NAMES: Final = """\
{{- $name := printf "%s/%s" $rollout.metadata.namespace $rollout.metadata.name -}}
{{- $revision := dig "metadata" "annotations" "rollout.argoproj.io/revision" "?" $rollout -}}
{{- $step := dict }}{{ if and (ge $now 0) (lt $now (len $steps)) }}{{ $step = index $steps $now }}{{ end -}}
{{- $why := printf "rollouts-router why %s" $name -}}
"""

_TITLE: Final = """\
{{- $title := printf "%s revision %s: %s" $name $revision $words -}}
"""

_MESSAGE: Final = """\
{{- if eq .serviceType "slack" -}}
{{ $title | replace "&" "&amp;" | replace "<" "&lt;" | replace ">" "&gt;" }}
{{- else -}}
{{ $title }}{{ range $runs }}{{ range .lines }}
{{ . }}{{ end }}{{ end }}
More: {{ $why }}
{{- end -}}
"""

# A section holds 3,000 characters: the limits of runs.gotmpl keep each below that, even when all are escaped.
_ATTACHMENTS: Final = """\
{{- $blocks := list -}}
{{- range $run := $runs -}}
  {{- $texts := list (printf "*%s*" (first .lines)) -}}
  {{- range .metrics -}}
    {{- $texts = append $texts (printf "`%s`\\n%s" (replace "`" "'" .sentence) .counts) -}}
    {{- if .query }}{{ $texts = append $texts (printf "```%s```" (replace "`" "'" .query)) }}{{ end -}}
  {{- end -}}
  {{- if not .metrics }}{{ range rest .lines }}{{ $texts = append $texts . }}{{ end }}{{ end -}}
  {{- if .omitted }}{{ $texts = append $texts (printf "and %d more" .omitted) }}{{ end -}}
  {{- range $texts -}}
    {{- $safe := . | replace "&" "&amp;" | replace "<" "&lt;" | replace ">" "&gt;" -}}
    {{- $blocks = append $blocks (dict "type" "section" "text" (dict "type" "mrkdwn" "text" $safe "verbatim" true)) -}}
  {{- end -}}
{{- end -}}
{{- $blocks = append $blocks (dict "type" "context" "elements" (list (dict "type" "plain_text" "text" $why "emoji" false))) -}}
{{- list (dict "color" $colour "fallback" $title "blocks" $blocks) | toJson -}}
"""

_BODY: Final = """\
{{- $lines := list $title }}{{ range $runs }}{{ $lines = concat $lines .lines }}{{ end -}}
{{- dict "event" $event "namespace" $rollout.metadata.namespace "rollout" $rollout.metadata.name "revision" $revision "step" $here "title" $title "text" (join "\\n" $lines) "why" $why "runs" $runs | toJson -}}
"""


def template_of(occasion: Occasion) -> Mapping[str, object]:
    """The template of one occasion, as it stands under `template.NAME` of the ConfigMap."""
    program = _begin(occasion)
    return {
        "message": program + _MESSAGE,
        SLACK: {
            "attachments": program + _ATTACHMENTS,
            "groupingKey": '{{ .rollout.metadata.uid }}-{{ dig "metadata" "annotations" "rollout.argoproj.io/revision" "" .rollout }}',
            "notifyBroadcast": occasion.broadcast,
        },
        WEBHOOK: {WEBHOOK: {"method": "POST", "body": program + _BODY}},
    }


def _begin(occasion: Occasion) -> str:
    phases = " ".join(f'"{phase}"' for phase in occasion.phases)
    choice = (
        f"{{{{- $phases := list {phases} }}}}{{{{ $onlyHere := {str(occasion.only_here).lower()} -}}}}\n"
        f'{{{{- $event := "{occasion.event}" }}}}{{{{ $colour := "{occasion.colour}" -}}}}\n'
    )
    return (
        choice + _PROGRAM + _NAMES + f'{{{{- $words := "{occasion.words}" -}}}}\n' + occasion.program + _TITLE
    )
