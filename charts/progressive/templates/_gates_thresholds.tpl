{{/*
What the gates allow, by exposure: three levels, early (up to 5 % of the traffic), middle (less than half) and late. Later
levels are tighter, and a list that says otherwise is refused.
*/}}
{{- define "progressive.gates.threshold" -}}
{{- $row := get (include "progressive.gates.thresholds" .root | fromJson) .name -}}
{{- $level := 2 -}}
{{- if lt (int .weight) 50 }}{{ $level = 1 }}{{ end -}}
{{- if le (int .weight) 5 }}{{ $level = 0 }}{{ end -}}
{{ index $row.values (min $level (sub (len $row.values) 1) | int) }}
{{- end -}}

{{/* All thresholds as JSON: argument to its values by level, and whether more is better. What `gates.thresholds` lists goes
before what follows from the objectives. */}}
{{- define "progressive.gates.thresholds" -}}
{{- $slo := .Values.slo -}}
{{- $times := get (dict "low" (list 8 4 2) "standard" (list 4 2 1) "critical" (list 2 1 1)) .Values.criticality -}}
{{- $own := .Values.gates.thresholds -}}
{{- $errors := list }}{{ $dependencies := list }}{{ $successes := list -}}
{{- range $times }}
{{- $errors = append $errors (round (mulf $slo.errorRate .) 6) }}
{{- $dependencies = append $dependencies (round (mulf $slo.dependencyErrorRate .) 6) }}
{{- $successes = append $successes (round (subf 1 (mulf (subf 1 $slo.successRate) .)) 6) }}
{{- end }}
{{- dict
  "max-error-rate" (dict "values" ($own.errorRate | default $errors) "key" "errorRate")
  "max-dependency-error-rate" (dict "values" ($own.dependencyErrorRate | default $dependencies) "key" "dependencyErrorRate")
  "min-success-rate" (dict "values" ($own.successRate | default $successes) "key" "successRate" "more" true)
  "max-latency-p95-ms" (dict "values" ($own.latencyP95Ms | default (list $slo.latencyP95Ms)) "key" "latencyP95Ms")
  "max-latency-ratio" (dict "values" $own.latencyRatio "key" "latencyRatio")
  "min-apdex" (dict "values" ($own.apdex | default (list $slo.apdex)) "key" "apdex" "more" true)
  "max-apdex-drop" (dict "values" $own.apdexDrop "key" "apdexDrop")
  "min-business-ratio" (dict "values" $own.businessRatio "key" "businessRatio" "more" true)
  "max-lag-ratio" (dict "values" $own.lagRatio "key" "lagRatio") | toJson }}
{{- end -}}

{{/* A level that allows more than the one before it, with the sentence that says so. */}}
{{- define "progressive.refusals.thresholds" -}}
{{- range $name, $row := include "progressive.gates.thresholds" . | fromJson }}
{{- $last := first $row.values }}
{{- range $row.values }}
{{- if and (not $.Values.gates.allowLoosening) (ternary (lt (float64 .) (float64 $last)) (gt (float64 .) (float64 $last)) (default false $row.more)) }}
{{- include "progressive.refusal" (printf "gates.thresholds.%s goes from %v to %v, which is looser at a higher weight: tighten it, or set gates.allowLoosening" $row.key $last .) }}
{{- end }}
{{- $last = . }}
{{- end }}
{{- end }}
{{- end -}}
