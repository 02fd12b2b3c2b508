{{/*
When a release may go on: in a window of the week, and while the service is not too busy. Outside of both it waits, and
pauses for a person after the longest wait. It never aborts for either.
*/}}

{{/* Which of the two there are, as a JSON list. */}}
{{- define "progressive.pace.list" -}}
{{- $list := list -}}
{{- if .Values.pace.window.timezone }}{{ $list = append $list "window" }}{{ end -}}
{{- if .Values.pace.load.ceiling }}{{ $list = append $list "load" }}{{ end -}}
{{ $list | toJson }}
{{- end -}}

{{/* The steps before a weight. */}}
{{- define "progressive.pace.step" -}}
{{- $root := .root }}
{{- with include "progressive.pace.list" $root | fromJsonArray }}
- analysis:
    templates:
      {{- range . }}
      - templateName: {{ include "progressive.name" $root }}-pace-{{ . }}
      {{- end }}
    args:
      {{- include "progressive.gates.hashes" . | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "progressive.pace.templates" -}}
{{- $root := . }}
{{- range include "progressive.pace.list" . | fromJsonArray }}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  {{- include "progressive.metadata" (dict "root" $root "suffix" (printf "pace-%s" .)) | nindent 2 }}
spec:
  args:
    - name: canary-hash
    - name: stable-hash
  metrics:
    - name: {{ . }}
      {{- include "progressive.pace.reading" $root | nindent 6 }}
      {{- include (printf "progressive.pace.%s" .) $root | nindent 6 }}
{{- end }}
{{- end -}}

{{/* The first good reading ends the wait. None is bad, and an unreachable provider is asked again for as long as it takes:
each of its errors is retried after ten seconds, and so many of them are over a hundred days. */}}
{{- define "progressive.pace.reading" -}}
{{- $every := include "progressive.seconds" .Values.pace.every | int -}}
{{- $readings := max 1 (div (include "progressive.seconds" .Values.pace.longestWait | int) $every) -}}
interval: {{ include "progressive.duration" $every }}
count: {{ $readings }}
consecutiveSuccessLimit: 1
failureLimit: 0
inconclusiveLimit: {{ $readings }}
consecutiveErrorLimit: 1000000
failureCondition: "false"
{{- end -}}

{{/* The clock is the controller's; the provider is asked for a number that is always there. */}}
{{- define "progressive.pace.window" -}}
{{- $window := .Values.pace.window -}}
{{- $time := printf "now().In(timezone(%q))" $window.timezone -}}
successCondition: {{ printf "%s.Format(\"15:04\") >= %q && %s.Format(\"15:04\") < %q && %s.Format(\"Mon\") in %s" $time $window.from $time $window.to $time ($window.days | toJson) | squote }}
{{- if eq .Values.gates.provider "newrelic" }}
{{ include "progressive.gates.newrelic.provider" (dict "root" . "query" "SELECT count(*) AS n FROM Transaction SINCE 1 minute ago") }}
{{- else }}
{{ include "progressive.gates.prometheus.provider" (dict "root" . "query" "vector(1)") }}
{{- end }}
{{- end -}}

{{/* Requests in a second, of both versions together. */}}
{{- define "progressive.pace.load" -}}
{{- $load := .Values.pace.load -}}
{{- if eq .Values.gates.provider "newrelic" -}}
successCondition: {{ printf "result.load != nil && result.load <= %v" $load.ceiling | squote }}
{{ include "progressive.gates.newrelic.provider" (dict "root" . "query" ($load.query | default (include "progressive.gates.newrelic.load" .))) }}
{{- else -}}
successCondition: {{ printf "len(result) > 0 && result[0] <= %v" $load.ceiling | squote }}
{{ include "progressive.gates.prometheus.provider" (dict "root" . "query" ($load.query | default (include "progressive.pace.load.query" .))) }}
{{- end -}}
{{- end -}}

{{- define "progressive.pace.load.query" -}}
{{- $canary := include "progressive.gates.prometheus.rate" (dict "root" . "version" "canary") -}}
{{- $stable := include "progressive.gates.prometheus.rate" (dict "root" . "version" "stable") -}}
sum({{ $canary }} or label_replace({{ $stable }}, "version", "stable", "", ""))
{{- end -}}

{{/* What the pace asks for together with what cannot tell it. */}}
{{- define "progressive.refusals.pace" -}}
{{- $window := .Values.pace.window }}
{{- if and (include "progressive.pace.list" . | fromJsonArray) (eq .Values.gates.provider "none") }}
{{- include "progressive.refusal" "pace.window and pace.load are read as gates are, and gates.provider is none: set prometheus or newrelic" }}
{{- end }}
{{- if and $window.timezone (ge $window.from $window.to) }}
{{- include "progressive.refusal" (printf "pace.window goes from %s to %s: it has to end on the day on which it begins, so that its days are clear" $window.from $window.to) }}
{{- end }}
{{- if and .Values.pace.load.ceiling (eq .Values.profile "worker") (not .Values.pace.load.query) }}
{{- include "progressive.refusal" "pace.load.ceiling with profile worker has no requests to count: set pace.load.query" }}
{{- end }}
{{- end -}}
