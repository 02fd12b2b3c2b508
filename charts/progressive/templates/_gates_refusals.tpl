{{/*
Gates that would judge nothing, or that nobody could answer; each with the sentence that says so.
*/}}
{{- define "progressive.refusals.gates" -}}
{{- $gates := .Values.gates }}
{{- if ne $gates.provider "none" }}
{{- include "progressive.refusals.thresholds" . }}
{{- include "progressive.refusals.schedule" . }}
{{- if and (eq .Values.profile "worker") (eq $gates.provider "newrelic") .Values.worker.queue }}
{{- include "progressive.refusal" "a worker's lag is read from Prometheus: set gates.provider prometheus, or none" }}
{{- end }}
{{- if and (eq $gates.provider "prometheus") (eq $gates.prometheus.dataPlane "envoy-gateway") (ne .Values.profile "worker") (not $gates.prometheus.separateBackends) }}
{{- include "progressive.refusal" "Envoy Gateway counts both backends of a rule together, so a canary cannot be told from stable: set gates.prometheus.dataPlane app, or give a backendRef a filter and set gates.prometheus.separateBackends" }}
{{- end }}
{{- if $gates.business.name }}
{{- if and (eq $gates.provider "prometheus") (not $gates.business.metric) }}
{{- include "progressive.refusal" "gates.business has a name and no metric: set gates.business.metric to a counter of the application" }}
{{- end }}
{{- if and (eq $gates.provider "newrelic") (not $gates.business.event) }}
{{- include "progressive.refusal" "gates.business has a name and no event: set gates.business.event to an event type of the application" }}
{{- end }}
{{- end }}
{{- end }}
{{- include "progressive.refusals.pace" . }}
{{- end -}}

{{- define "progressive.refusals.schedule" -}}
{{- $hold := include "progressive.holdSeconds" . | int }}
{{- $window := include "progressive.gates.window" . | int }}
{{- if gt $window $hold }}
{{- include "progressive.refusal" (printf "gates.window is %ds and a weight is held for %ds: a query would see the step before; make the window shorter" $window $hold) }}
{{- end }}
{{- end -}}
