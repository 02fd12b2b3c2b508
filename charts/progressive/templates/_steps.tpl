{{/*
Steps: weights and holds by preset, criticality and traffic; audiences before them; gates between them. The table that this
makes stands in docs/charts.md.
*/}}

{{/* The weights as a JSON list. */}}
{{- define "progressive.weights" -}}
{{- $table := dict
  "standard-offpeak" (list 5 25 50 100)
  "standard-peak" (list 2 5 10 25 50 75 100)
  "conservative-offpeak" (list 10 50 100)
  "conservative-peak" (list 5 10 25 50 75 100)
  "worker" (list 25 50 100) -}}
{{- $key := ternary "worker" (printf "%s-%s" .Values.pace.preset .Values.trafficProfile) (eq .Values.profile "worker") -}}
{{ .Values.pace.weights | default (get $table $key) | toJson }}
{{- end -}}

{{/* How long a weight is held, in seconds: what the values say, or ten minutes (conservative: fifteen), half of it for a low
criticality, twice for a critical one, and half as much again at peak. */}}
{{- define "progressive.holdSeconds" -}}
{{- if .Values.pace.hold -}}
{{ include "progressive.seconds" .Values.pace.hold }}
{{- else -}}
{{- $minutes := ternary 15 10 (eq .Values.pace.preset "conservative") -}}
{{- $percent := mul (get (dict "low" 50 "standard" 100 "critical" 200) .Values.criticality)
  (ternary 150 100 (eq .Values.trafficProfile "peak")) -}}
{{ div (mul $minutes 60 $percent) 10000 }}
{{- end -}}
{{- end -}}

{{/* A duration such as 90s, 10m or 1h, which the schema admits alone, in seconds. */}}
{{- define "progressive.seconds" -}}
{{- $units := dict "s" 1 "m" 60 "h" 3600 -}}
{{ mul (regexFind "^[0-9]+" . | int) (get $units (regexFind "[smh]$" .)) }}
{{- end -}}

{{/* A number of seconds as people write it. */}}
{{- define "progressive.duration" -}}
{{- $seconds := int . -}}
{{- if and $seconds (eq (mod $seconds 3600) 0) }}{{ div $seconds 3600 }}h
{{- else if and $seconds (eq (mod $seconds 60) 0) }}{{ div $seconds 60 }}m
{{- else }}{{ $seconds }}s{{ end }}
{{- end -}}

{{- define "progressive.hold" -}}
{{ include "progressive.duration" (include "progressive.holdSeconds" .) }}
{{- end -}}

{{- define "progressive.steps" -}}
{{- if .Values.steps }}{{ toYaml .Values.steps }}{{ else }}{{ include "progressive.steps.made" . | trim }}{{ end }}
{{- end -}}

{{- define "progressive.steps.made" -}}
{{- $root := . }}
{{- $weights := include "progressive.weights" . | fromJsonArray }}
{{- with include "progressive.pace.step" (dict "root" $root) | trim }}
{{ . }}
{{- end }}
{{- if .Values.audiences }}
{{ include "progressive.steps.audiences" (dict "root" $root "weight" (first $weights)) | trim }}
{{- end }}
{{- range $index, $weight := $weights }}
- setWeight: {{ $weight }}
{{- if and $root.Values.audiences (eq $index 0) }}
- setCanaryScale: {matchTrafficWeight: true}
{{- end }}
{{ include "progressive.steps.hold" (dict "root" $root "weight" $weight "index" $index) | trim }}
{{- end }}
{{- end -}}

{{/* What comes behind a weight: the gates, which hold and judge, or a plain pause. */}}
{{- define "progressive.steps.hold" -}}
{{- $gate := ternary "progressive.gates.worker" "progressive.gates.step" (eq .root.Values.profile "worker") -}}
{{- with include $gate . | trim }}
{{- . }}
{{- else }}
- pause: {duration: {{ include "progressive.hold" .root }}}
{{- end }}
{{- end -}}

{{/* Header routes for groups of users, at weight 0. The pods of the first weight are there before the first rule: the
controller takes every rule away while the canary has none. */}}
{{- define "progressive.steps.audiences" -}}
{{- $root := .root }}
- setCanaryScale: {weight: {{ .weight }}}
{{- range $root.Values.audiences }}
- setHeaderRoute:
    name: {{ include "progressive.audience" (dict "root" $root "name" .name) }}
    match:
      {{- range .headers }}
      - headerName: {{ .name }}
        headerValue: {{ omit . "name" | toJson }}
      {{- end }}
{{- if .approve }}
- pause: {}
{{- else }}
- pause: {duration: {{ .hold | default (include "progressive.hold" $root) }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* The name of an audience's managed route. Routes may be shared, so it holds the service's name. */}}
{{- define "progressive.audience" -}}
{{ include "progressive.name" .root }}-{{ .name }}
{{- end -}}

{{/* The managed routes of all header and mirror steps, as a JSON list: the first one wins where several match. */}}
{{- define "progressive.managedRoutes" -}}
{{- $names := list -}}
{{- range .Values.audiences }}
{{- $names = append $names (include "progressive.audience" (dict "root" $ "name" .name)) }}
{{- end }}
{{- range $step := .Values.steps }}
{{- range $field := list "setHeaderRoute" "setMirrorRoute" }}
{{- with get $step $field }}{{ $names = append $names .name }}{{ end }}
{{- end }}
{{- end }}
{{- $names | uniq | toJson }}
{{- end -}}
