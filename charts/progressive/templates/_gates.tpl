{{/*
What judges a release: which gates there are, where they are attached, and how a reading becomes a verdict. What they ask
is in _gates_prometheus.tpl, _gates_newrelic.tpl and _gates_worker.tpl, what they allow in _gates_thresholds.tpl.
*/}}

{{/* The gates of a release as a JSON list. One that compares needs a stable version with traffic, so `relative` ones are left
out where everything goes to the new version. */}}
{{- define "progressive.gates.list" -}}
{{- $gates := .Values.gates -}}
{{- $list := list -}}
{{- if eq .Values.profile "worker" -}}
{{- if .Values.worker.queue }}{{ $list = append $list (dict "name" "lag" "args" (list "max-lag-ratio")) }}{{ end -}}
{{- else -}}
{{- $list = append $list (dict "name" "traffic" "args" (list)) -}}
{{- if $gates.signals.errors }}{{ $list = append $list (dict "name" "errors" "args" (list "max-error-rate")) }}{{ end -}}
{{- if and $gates.signals.dependencies (eq (include "progressive.gates.tellsOrigin" .) "true") -}}
{{- $list = append $list (dict "name" "dependencies" "args" (list "max-dependency-error-rate")) -}}
{{- end -}}
{{- if $gates.signals.success }}{{ $list = append $list (dict "name" "success" "args" (list "min-success-rate")) }}{{ end -}}
{{- if $gates.signals.latency -}}
{{- $list = append $list (dict "name" "latency" "args" (list "max-latency-p95-ms" "max-latency-ratio")) -}}
{{- $list = append $list (dict "name" "latency-relative" "relative" true "args" (list "max-latency-ratio")) -}}
{{- end -}}
{{- if $gates.signals.apdex -}}
{{- $list = append $list (dict "name" "apdex" "args" (list "min-apdex" "max-apdex-drop")) -}}
{{- $list = append $list (dict "name" "apdex-relative" "relative" true "args" (list "max-apdex-drop")) -}}
{{- end -}}
{{- if $gates.business.name -}}
{{- $list = append $list (dict "name" "business" "relative" true "args" (list "min-business-ratio")) -}}
{{- end -}}
{{- end -}}
{{ $list | toJson }}
{{- end -}}

{{- define "progressive.gates.name" -}}
{{ include "progressive.name" .root }}-gate-{{ .name }}
{{- end -}}

{{/* The AnalysisTemplates of a release: one for each gate, and those of the pace. */}}
{{- define "progressive.gates.templates" -}}
{{- $root := . }}
{{- if ne .Values.gates.provider "none" }}
{{- range include "progressive.gates.list" . | fromJsonArray }}
{{ include "progressive.gates.template" (dict "root" $root "gate" .) }}
{{- end }}
{{- end }}
{{- include "progressive.pace.templates" . }}
{{- end -}}

{{- define "progressive.gates.template" -}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  {{- include "progressive.metadata" (dict "root" .root "suffix" (printf "gate-%s" .gate.name)) | nindent 2 }}
spec:
  {{- with include "progressive.gates.argNames" . | fromJsonArray }}
  args:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  metrics:
    - name: {{ .gate.name }}
      {{- include "progressive.gates.reading" .root | nindent 6 }}
      {{- include (printf "progressive.gates.%s.%s" .root.Values.gates.provider .gate.name) .root | nindent 6 }}
{{- end -}}

{{/* The names of the arguments of one gate: its thresholds, and the versions when they are told apart by their hash. */}}
{{- define "progressive.gates.argNames" -}}
{{- $hashes := ternary (list) (list "canary-hash" "stable-hash") (eq .root.Values.profile "worker") -}}
{{ concat $hashes .gate.args | toJson }}
{{- end -}}

{{/*
How often is read and what a row of readings comes to. The run is Successful only by so many good readings in a row as fill
the hold; whatever else happens it ends Failed, by more bad readings than are forgiven, or Inconclusive. The limit of
inconclusive readings is the patience: for so long a release waits for traffic.
*/}}
{{- define "progressive.gates.reading" -}}
{{- $at := include "progressive.gates.schedule" . | fromJson -}}
initialDelay: {{ include "progressive.duration" $at.delay }}
interval: {{ include "progressive.duration" $at.interval }}
count: {{ add $at.readings $at.forgiven $at.patience }}
consecutiveSuccessLimit: {{ $at.readings }}
failureLimit: {{ $at.forgiven }}
inconclusiveLimit: {{ $at.patience }}
consecutiveErrorLimit: {{ .Values.gates.errorLimit }}
{{- end -}}

{{/* The schedule as JSON: seconds and numbers of readings. The first reading looks at a whole window of this step, and the
last good one is at the end of the hold. */}}
{{- define "progressive.gates.schedule" -}}
{{- $hold := include "progressive.gates.hold" . | int -}}
{{- $window := include "progressive.gates.window" . | int -}}
{{- $interval := max 1 (min 60 (div $hold 10)) -}}
{{- if .Values.gates.interval }}{{ $interval = include "progressive.seconds" .Values.gates.interval | int }}{{ end -}}
{{- $readings := add 1 (div (max 0 (sub $hold $window)) $interval) -}}
{{- $forgiven := get (dict "low" 2 "standard" 1 "critical" 0) .Values.criticality -}}
{{- if not (kindIs "invalid" .Values.gates.forgivenReadings) }}{{ $forgiven = int .Values.gates.forgivenReadings }}{{ end -}}
{{- $patience := div $hold $interval -}}
{{- if .Values.gates.patience }}{{ $patience = div (include "progressive.seconds" .Values.gates.patience | int) $interval }}{{ end -}}
{{- dict "delay" (max $window (sub $hold (mul (sub $readings 1) $interval))) "interval" $interval "readings" $readings
  "forgiven" $forgiven "patience" $patience | toJson -}}
{{- end -}}

{{/* Over how many seconds each query looks: a quarter of the hold, so that it never sees the step before. */}}
{{- define "progressive.gates.window" -}}
{{- if .Values.gates.window -}}
{{ include "progressive.seconds" .Values.gates.window }}
{{- else -}}
{{ max 1 (div (include "progressive.gates.hold" . | int) 4) }}
{{- end -}}
{{- end -}}

{{/* For how many seconds is judged: as long as a weight is held; blue-green has none, and may have a time of its own. */}}
{{- define "progressive.gates.hold" -}}
{{- if and (eq .Values.profile "blue-green") .Values.gates.blueGreen.hold -}}
{{ include "progressive.seconds" .Values.gates.blueGreen.hold }}
{{- else -}}
{{ include "progressive.holdSeconds" . }}
{{- end -}}
{{- end -}}

{{/* What comes behind a weight: gates that hold and judge, and the pace before the next weight. Nothing when there is
neither; a plain pause when there is only the pace, as a worker without a queue has it. */}}
{{- define "progressive.gates.step" -}}
{{- $root := .root }}
{{- $pace := "" }}
{{- if lt (int .weight) 100 }}{{ $pace = include "progressive.pace.step" (dict "root" $root) | trim }}{{ end }}
{{- if and (ne $root.Values.gates.provider "none") (include "progressive.gates.list" $root | fromJsonArray) }}
- analysis:
    {{- include "progressive.gates.analysis" . | nindent 4 }}
{{- else if $pace }}
- pause: {duration: {{ include "progressive.hold" $root }}}
{{- end }}
{{- with $pace }}
{{ . }}
{{- end }}
{{- end -}}

{{/* A worker is judged by the lag of its queue. */}}
{{- define "progressive.gates.worker" -}}
{{- include "progressive.gates.step" . }}
{{- end -}}

{{/* The gates of blue-green: before the switch those that need no comparison, as only testers call the new version; behind
it the same, as the old one has no traffic any more. */}}
{{- define "progressive.gates.blueGreen" -}}
{{- $wanted := or (eq .phase "post") (ne .root.Values.blueGreen.previewHost "") -}}
{{- if hasKey .root.Values.gates.blueGreen .phase }}{{ $wanted = get .root.Values.gates.blueGreen .phase }}{{ end -}}
{{- if and $wanted (ne .root.Values.gates.provider "none") }}
{{- include "progressive.gates.analysis" (dict "root" .root "weight" 100) }}
{{- end }}
{{- end -}}

{{/* Templates and arguments at a weight; dict "root" $ "weight" N. */}}
{{- define "progressive.gates.analysis" -}}
{{- $root := .root -}}
{{- $weight := int .weight -}}
{{- $names := list -}}
templates:
  {{- range include "progressive.gates.list" $root | fromJsonArray }}
  {{- if or (not .relative) (lt $weight 100) }}
  - templateName: {{ include "progressive.gates.name" (dict "root" $root "name" .name) }}
  {{- $names = concat $names .args }}
  {{- end }}
  {{- end }}
args:
  {{- if ne $root.Values.profile "worker" }}
  {{- include "progressive.gates.hashes" . | nindent 2 }}
  {{- end }}
  {{- range $names | uniq }}
  - name: {{ . }}
    value: {{ include "progressive.gates.threshold" (dict "root" $root "name" . "weight" $weight) | quote }}
  {{- end }}
{{- if $root.Values.gates.dryRun }}
dryRun:
  - metricName: .*
{{- end }}
{{- end -}}

{{/* By what the two versions are told apart, as arguments. */}}
{{- define "progressive.gates.hashes" -}}
- name: canary-hash
  valueFrom: {podTemplateHashValue: Latest}
- name: stable-hash
  valueFrom: {podTemplateHashValue: Stable}
{{- end -}}
