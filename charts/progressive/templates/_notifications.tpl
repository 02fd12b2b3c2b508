{{/*
Who is told of a release, as annotations of its Rollout: subscriptions to the triggers of the chart progressive-platform, and
when its newest commit was made, from which the lead time is measured. What the messages say is made by `observability`.
*/}}
{{- define "progressive.notifications.triggers" -}}
analysis-failed: on-analysis-run-failed
analysis-error: on-analysis-run-error
analysis-inconclusive: on-analysis-run-inconclusive
aborted: on-rollout-aborted
paused: on-rollout-paused
completed: on-rollout-completed
{{- end -}}

{{/* The annotations, nothing when nobody is told; context root. */}}
{{- define "progressive.notifications.annotations" -}}
{{- $given := .Values.notifications | default dict -}}
{{- range $key := keys $given | sortAlpha -}}
{{- if not (has $key (list "slack" "webhook" "events" "commitTime")) -}}
{{- fail (printf "notifications.%s is not known: slack, webhook, events and commitTime are" $key) -}}
{{- end -}}
{{- end -}}
{{- $triggers := include "progressive.notifications.triggers" . | fromYaml -}}
{{- $channel := dig "slack" "channel" "" $given -}}
{{- $annotations := dict -}}
{{- range $event := $given.events | default (keys $triggers) -}}
{{- if not (hasKey $triggers $event) -}}
{{- fail (printf "notifications.events: %s is none of %s" $event (keys $triggers | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $subscribe := printf "notifications.argoproj.io/subscribe.%s" (get $triggers $event) -}}
{{- if $channel }}{{ $_ := set $annotations (printf "%s.slack" $subscribe) $channel }}{{ end -}}
{{- if dig "webhook" "enabled" false $given }}{{ $_ := set $annotations (printf "%s.webhook" $subscribe) "" }}{{ end -}}
{{- end -}}
{{- with $given.commitTime -}}
{{- if not (regexMatch "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$" (toString .)) -}}
{{- fail (printf "notifications.commitTime: %v is no time such as 2026-03-02T10:15:00Z; `git log -1 --format=%%cI` prints one" .) -}}
{{- end -}}
{{- $_ := set $annotations "delivery.rollouts-router/commit-time" . -}}
{{- end -}}
{{- if $annotations }}{{ toYaml $annotations }}{{ end -}}
{{- end -}}
