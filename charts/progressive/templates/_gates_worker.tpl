{{/*
What a worker's queue has to do while a new version takes over: stay near what it was before, or drain. The age of the oldest
message says more than the number of messages where they come in bursts.
*/}}

{{/* The lag now, as a query. */}}
{{- define "progressive.gates.lag" -}}
{{- $own := .Values.gates.worker -}}
{{- if $own.query -}}
{{ $own.query }}
{{- else if eq .Values.worker.queue "kafka" -}}
sum({{ $own.kafkaMetric }}{consumergroup={{ .Values.worker.kafka.consumerGroup | quote }},topic={{ .Values.worker.kafka.topic | quote }}})
{{- else -}}
max({{ $own.sqsMetric }}{ {{- $own.sqsLabel }}={{ splitList "/" .Values.worker.sqs.queueURL | last | quote }}})
{{- end -}}
{{- end -}}

{{/* The lag by what it was before the release, or by the floor where that is more. It is told when it is within the limit, or
when it is not and does not drain either. The baseline is the mean of as long a time as the value says, that ended before the
release began: so long ago as all its steps may take. */}}
{{- define "progressive.gates.prometheus.lag" -}}
{{- $own := .Values.gates.worker -}}
{{- $lag := include "progressive.gates.lag" . -}}
{{- $query := include "progressive.gates.lag.query" (dict "lag" $lag "floor" $own.floor "keeps" (subf 1 (divf $own.drainPercent 100))
  "window" (include "progressive.gates.window" .) "over" (include "progressive.seconds" $own.baseline)
  "ago" (include "progressive.gates.lag.ago" .)) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "max-lag-ratio") }}
{{- end -}}

{{/* How long ago, in seconds, a release that is at its last step was not yet begun, with all the patience it may need. */}}
{{- define "progressive.gates.lag.ago" -}}
{{- if .Values.gates.worker.baselineEnded -}}
{{ include "progressive.seconds" .Values.gates.worker.baselineEnded }}
{{- else -}}
{{- $at := include "progressive.gates.schedule" . | fromJson -}}
{{- $step := add $at.delay (mul $at.interval (add $at.readings $at.forgiven $at.patience)) .Values.progressDeadlineSeconds -}}
{{ mul $step (include "progressive.weights" . | fromJsonArray | len) }}
{{- end -}}
{{- end -}}

{{- define "progressive.gates.lag.query" -}}
(
  {{ .lag }} / clamp_min(avg_over_time(({{ .lag }})[{{ .over }}s:{{ max 1 (div (int .over) 60) }}s] offset {{ .ago }}s), {{ .floor }}) <= {{ "{{args.max-lag-ratio}}" }}
or
  {{ .lag }} / clamp_min(avg_over_time(({{ .lag }})[{{ .over }}s:{{ max 1 (div (int .over) 60) }}s] offset {{ .ago }}s), {{ .floor }})
    and {{ .lag }} >= {{ .keeps }} * min_over_time(({{ .lag }})[{{ .window }}s:{{ max 1 (div (int .window) 10) }}s] offset {{ .window }}s)
)
{{- end -}}
