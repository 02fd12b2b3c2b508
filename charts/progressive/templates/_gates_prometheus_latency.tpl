{{/*
What is asked of Prometheus about speed, and about the one number that the business lives by. Two gates each: one by the
objective, and one against stable in the same window, which is silent where the difference would be noticed by nobody.
*/}}

{{/* The 95th percentile of one version, in milliseconds; dict "root" $ "version" canary|stable. */}}
{{- define "progressive.gates.prometheus.p95" -}}
{{- $plane := include "progressive.gates.plane" .root | fromJson -}}
{{ if ne (int $plane.scale) 1 }}{{ $plane.scale }} * {{ end }}histogram_quantile(0.95, sum by (le) (rate({{ $plane.buckets }}{ {{- get $plane .version -}} }[{{ include "progressive.gates.window" .root }}s])))
{{- end -}}

{{- define "progressive.gates.prometheus.latency" -}}
{{- $canary := include "progressive.gates.prometheus.p95" (dict "root" . "version" "canary") -}}
{{- $stable := include "progressive.gates.prometheus.p95" (dict "root" . "version" "stable") -}}
{{- $query := include "progressive.gates.prometheus.limited.query" (dict "canary" $canary "limit" "{{args.max-latency-p95-ms}}"
  "factor" "{{args.max-latency-ratio}}"
  "stable" (include "progressive.gates.prometheus.ofStable" (dict "root" . "value" $stable "unknown" 0))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" .))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "max-latency-p95-ms") }}
{{- end -}}

{{- define "progressive.gates.prometheus.latency-relative" -}}
{{- $canary := include "progressive.gates.prometheus.p95" (dict "root" . "version" "canary") -}}
{{- $stable := include "progressive.gates.prometheus.p95" (dict "root" . "version" "stable") -}}
{{- $query := include "progressive.gates.prometheus.latency-relative.query" (dict "canary" $canary "stable" $stable
  "floor" .Values.gates.floors.latencyP95Ms
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" . "both" true))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "max-latency-ratio") }}
{{- end -}}

{{/* How many times as slow as stable; as slow as stable at most, where it is faster than the floor. */}}
{{- define "progressive.gates.prometheus.latency-relative.query" -}}
(
    ({{ .canary }}) / ({{ .stable }} > 0) and {{ .canary }} > {{ .floor }}
  or
    clamp_max(({{ .canary }}) / ({{ .stable }} > 0), 1)
)
{{ .enough }}
{{- end -}}

{{/* Apdex of one version: satisfied within the target, tolerating within four times that. Both have to be bounds of buckets. */}}
{{- define "progressive.gates.prometheus.apdexOf" -}}
{{- $plane := include "progressive.gates.plane" .root | fromJson -}}
{{- $window := include "progressive.gates.window" .root -}}
{{- $of := get $plane .version -}}
{{- $target := divf .root.Values.slo.apdexTargetMs $plane.scale -}}
{{- $near := printf "sum(rate(%s{%s,le=~%q}[%ss]))" $plane.buckets $of (include "progressive.gates.prometheus.bound" $target) $window -}}
{{- $far := printf "sum(rate(%s{%s,le=~%q}[%ss]))" $plane.buckets $of (include "progressive.gates.prometheus.bound" (mulf 4 $target)) $window -}}
{{- $all := printf "sum(rate(%s{%s,le=\"+Inf\"}[%ss]))" $plane.buckets $of $window -}}
({{ $near }} + {{ $far }}) / (2 * {{ $all }})
{{- end -}}

{{/* A bucket's bound as libraries write it: 1 or 1.0. */}}
{{- define "progressive.gates.prometheus.bound" -}}
{{- $text := printf "%v" (round . 6) -}}
{{ replace "." "[.]" $text }}{{ if not (contains "." $text) }}([.]0)?{{ end }}
{{- end -}}

{{- define "progressive.gates.prometheus.apdex" -}}
{{- $query := include "progressive.gates.prometheus.apdex.query" (dict
  "canary" (include "progressive.gates.prometheus.apdexOf" (dict "root" . "version" "canary"))
  "stable" (include "progressive.gates.prometheus.ofStable" (dict "root" . "unknown" 2
    "value" (include "progressive.gates.prometheus.apdexOf" (dict "root" . "version" "stable"))))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" .))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "min-apdex" "more" true) }}
{{- end -}}

{{- define "progressive.gates.prometheus.apdex.query" -}}
(
    {{ .canary }} >= {{ "{{args.min-apdex}}" }}
  or
    {{ .canary }} < {{ .stable }} - {{ "{{args.max-apdex-drop}}" }}
)
{{ .enough }}
{{- end -}}

{{- define "progressive.gates.prometheus.apdex-relative" -}}
{{- $query := include "progressive.gates.prometheus.apdex-relative.query" (dict "floor" .Values.gates.floors.apdex
  "canary" (include "progressive.gates.prometheus.apdexOf" (dict "root" . "version" "canary"))
  "stable" (include "progressive.gates.prometheus.apdexOf" (dict "root" . "version" "stable"))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" . "both" true))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "max-apdex-drop") }}
{{- end -}}

{{/* How far below stable; not at all, where it is above the floor. */}}
{{- define "progressive.gates.prometheus.apdex-relative.query" -}}
(
    {{ .stable }} - {{ .canary }} and {{ .canary }} < {{ .floor }}
  or
    clamp_max({{ .stable }} - {{ .canary }}, 0)
)
{{ .enough }}
{{- end -}}

{{/* The business's number for each request, canary by stable. The application counts it, whatever the data plane. It is told
once stable's rate would have given the canary enough of them. */}}
{{- define "progressive.gates.prometheus.business" -}}
{{- $own := .Values.gates.business -}}
{{- $window := include "progressive.gates.window" . -}}
{{- $form := printf "namespace=%q,%s=\"HASH\"" .Release.Namespace .Values.gates.prometheus.app.hashLabel -}}
{{- $of := include "progressive.gates.plane.byHash" (dict "form" $form) | fromJson -}}
{{- $query := include "progressive.gates.prometheus.business.query" (dict "window" $window "least" $own.minimumEvents
  "canary" (printf "sum(rate(%s{%s}[%ss]))" $own.metric $of.canary $window)
  "stable" (printf "sum(rate(%s{%s}[%ss]))" $own.metric $of.stable $window)
  "canaryAll" (include "progressive.gates.prometheus.rate" (dict "root" . "version" "canary"))
  "stableAll" (include "progressive.gates.prometheus.rate" (dict "root" . "version" "stable"))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" . "both" true))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "min-business-ratio" "more" true) }}
{{- end -}}

{{- define "progressive.gates.prometheus.business.query" -}}
(({{ .canary }} or vector(0)) / {{ .canaryAll }})
/ ({{ .stable }} / {{ .stableAll }} > 0)
and {{ .window }} * {{ .canaryAll }} * {{ .stable }} / {{ .stableAll }} >= {{ .least }}
{{ .enough }}
{{- end -}}
