{{/*
What is asked of New Relic. Each query answers one row of counts by name, with `n` and `stableN` for the requests of either
version, so that there is a number also where there was no traffic; the conditions divide.
*/}}

{{- define "progressive.gates.newrelic.provider" -}}
{{- $own := .root.Values.gates.newRelic -}}
provider:
  newRelic:
    profile: {{ $own.profile | quote }}
    timeout: {{ $own.timeoutSeconds }}
    query: |
      {{- .query | trim | nindent 6 }}
{{- end -}}

{{/* Provider and conditions; dict "root" $, "columns" of the query, "value" that is held against the "argument", "worse" that
has to hold as well for a failure, "more" true where more is better, "both" true where stable needs traffic too, and "enough"
that has to hold besides. */}}
{{- define "progressive.gates.newrelic.metric" -}}
{{- $least := .root.Values.gates.minimumRequests -}}
{{- $limit := printf "{{args.%s}}" .argument -}}
{{- $more := default false .more -}}
{{- $enough := printf "(result.n ?? 0) >= %v" $least -}}
{{- if .both }}{{ $enough = printf "%s && (result.stableN ?? 0) >= %v" $enough $least }}{{ end -}}
{{- if .enough }}{{ $enough = printf "%s && %s" $enough .enough }}{{ end -}}
{{- $worse := "" -}}
{{- if .worse }}{{ $worse = printf " && %s" .worse }}{{ end -}}
successCondition: {{ printf "%s && %s %s %s" $enough .value (ternary ">=" "<=" $more) $limit | squote }}
failureCondition: {{ printf "%s && %s %s %s%s" $enough .value (ternary "<" ">" $more) $limit $worse | squote }}
{{ include "progressive.gates.newrelic.provider" (dict "root" .root "query" (include "progressive.gates.newrelic.query" .)) }}
{{- end -}}

{{- define "progressive.gates.newrelic.query" -}}
{{- $own := .root.Values.gates.newRelic -}}
SELECT {{ .columns }}
FROM {{ .from | default "Transaction" }}
WHERE appName = '{{ $own.appName | default (include "progressive.name" .root) }}'
SINCE {{ include "progressive.gates.window" .root }} seconds ago
{{- end -}}

{{/* The condition by which a row is of a version; dict "root" $ "version" canary|stable. */}}
{{- define "progressive.gates.newrelic.of" -}}
{{ replace "HASH" (printf "{{args.%s-hash}}" .version) .root.Values.gates.newRelic.version }}
{{- end -}}

{{/* Counts of both versions: all of them, and those of a class; dict "root" $ "class" "..." "name" of the second column. */}}
{{- define "progressive.gates.newrelic.counts" -}}
{{- $canary := include "progressive.gates.newrelic.of" (dict "root" .root "version" "canary") -}}
{{- $stable := include "progressive.gates.newrelic.of" (dict "root" .root "version" "stable") -}}
filter(count(*), WHERE {{ $canary }}) AS n, filter(count(*), WHERE {{ $stable }}) AS stableN
{{- if .class }}, filter(count(*), WHERE {{ $canary }} AND {{ .class }}) AS bad, filter(count(*), WHERE {{ $stable }} AND {{ .class }}) AS stableBad{{ end }}
{{- end -}}

{{- define "progressive.gates.newrelic.traffic" -}}
successCondition: {{ printf "(result.n ?? 0) >= %v" .Values.gates.minimumRequests | squote }}
failureCondition: "false"
{{ include "progressive.gates.newrelic.provider" (dict "root" . "query" (include "progressive.gates.newrelic.query"
  (dict "root" . "columns" (include "progressive.gates.newrelic.counts" (dict "root" .))))) }}
{{- end -}}

{{/* What stable's share of a class is worth: 0 while it has too little traffic to say. */}}
{{- define "progressive.gates.newrelic.stableShare" -}}
((result.stableN ?? 0) >= {{ .Values.gates.minimumRequests }} ? (result.stableBad ?? 0) / result.stableN : 0)
{{- end -}}

{{- define "progressive.gates.newrelic.limited" -}}
{{- $share := "(result.bad ?? 0) / result.n" -}}
{{- $value := $share -}}
{{- if .more }}{{ $value = printf "1 - %s" $share }}{{ end -}}
{{- $columns := include "progressive.gates.newrelic.counts" (dict "root" .root "class" .class) -}}
{{- $worse := printf "%s > %v * %s" $share .root.Values.gates.blameFactor (include "progressive.gates.newrelic.stableShare" .root) -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" .root "columns" $columns "value" $value "worse" $worse
  "argument" .argument "more" .more) }}
{{- end -}}

{{/* A dependency's error: an answer that the application marks as such, or an error of a class on the list. */}}
{{- define "progressive.gates.newrelic.dependency" -}}
{{- $own := .Values.gates.newRelic -}}
({{ $own.dependency }}
{{- with $own.dependencyErrorClasses }} OR error.class IN ({{ range $index, $class := . }}{{ if $index }}, {{ end }}'{{ $class }}'{{ end }}){{ end }})
{{- end -}}

{{- define "progressive.gates.newrelic.errors" -}}
{{- $class := printf "(%s) AND NOT %s" .Values.gates.newRelic.errors (include "progressive.gates.newrelic.dependency" .) -}}
{{ include "progressive.gates.newrelic.limited" (dict "root" . "class" $class "argument" "max-error-rate") }}
{{- end -}}

{{- define "progressive.gates.newrelic.dependencies" -}}
{{- $class := printf "(%s) AND %s" .Values.gates.newRelic.errors (include "progressive.gates.newrelic.dependency" .) -}}
{{ include "progressive.gates.newrelic.limited" (dict "root" . "class" $class "argument" "max-dependency-error-rate") }}
{{- end -}}

{{- define "progressive.gates.newrelic.success" -}}
{{- $class := printf "(%s)" .Values.gates.newRelic.unsuccessful -}}
{{ include "progressive.gates.newrelic.limited" (dict "root" . "class" $class "argument" "min-success-rate" "more" true) }}
{{- end -}}

{{/* Percentiles come as a map from the percentile to seconds, with null where there was no traffic. */}}
{{- define "progressive.gates.newrelic.percentiles" -}}
{{ include "progressive.gates.newrelic.counts" (dict "root" .) }}
{{- range $version := list "canary" "stable" -}}
, filter(percentile(duration, 95), WHERE {{ include "progressive.gates.newrelic.of" (dict "root" $ "version" $version) }}) AS {{ ternary "p95" "stableP95" (eq $version "canary") }}
{{- end }}
{{- end -}}

{{- define "progressive.gates.newrelic.latency" -}}
{{- $least := .Values.gates.minimumRequests -}}
{{- $canary := "1000 * (result.p95?.[\"95\"] ?? 0)" -}}
{{- $stable := printf "((result.stableN ?? 0) >= %v ? 1000 * (result.stableP95?.[\"95\"] ?? 0) : 0)" $least -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" . "columns" (include "progressive.gates.newrelic.percentiles" .)
  "value" $canary "worse" (printf "%s > {{args.max-latency-ratio}} * %s" $canary $stable) "argument" "max-latency-p95-ms") }}
{{- end -}}

{{- define "progressive.gates.newrelic.latency-relative" -}}
{{- $canary := "(result.p95?.[\"95\"] ?? 0)" -}}
{{- $value := printf "(1000 * %s > %v ? %s / (result.stableP95?.[\"95\"] ?? 0) : 1)" $canary .Values.gates.floors.latencyP95Ms $canary -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" . "columns" (include "progressive.gates.newrelic.percentiles" .)
  "value" $value "argument" "max-latency-ratio" "both" true) }}
{{- end -}}

{{/* Apdex from counts, as its own function answers with a shape that was not seen: satisfied within the target without an
error, tolerating within four times that. */}}
{{- define "progressive.gates.newrelic.apdexes" -}}
{{- $own := .Values.gates.newRelic -}}
{{- $target := divf .Values.slo.apdexTargetMs 1000 -}}
{{ include "progressive.gates.newrelic.counts" (dict "root" .) }}
{{- range $version := list "canary" "stable" -}}
{{- $of := include "progressive.gates.newrelic.of" (dict "root" $ "version" $version) -}}
{{- $names := ternary (list "near" "far") (list "stableNear" "stableFar") (eq $version "canary") -}}
, filter(count(*), WHERE {{ $of }} AND duration <= {{ $target }} AND NOT ({{ $own.errors }})) AS {{ index $names 0 -}}
, filter(count(*), WHERE {{ $of }} AND duration <= {{ mulf 4 $target }} AND NOT ({{ $own.errors }})) AS {{ index $names 1 }}
{{- end }}
{{- end -}}

{{- define "progressive.gates.newrelic.apdex" -}}
{{- $least := .Values.gates.minimumRequests -}}
{{- $canary := "((result.near ?? 0) + (result.far ?? 0)) / (2 * result.n)" -}}
{{- $stable := printf "((result.stableN ?? 0) >= %v ? ((result.stableNear ?? 0) + (result.stableFar ?? 0)) / (2 * result.stableN) : 2)" $least -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" . "columns" (include "progressive.gates.newrelic.apdexes" .)
  "value" $canary "worse" (printf "%s < %s - {{args.max-apdex-drop}}" $canary $stable) "argument" "min-apdex" "more" true) }}
{{- end -}}

{{- define "progressive.gates.newrelic.apdex-relative" -}}
{{- $canary := "((result.near ?? 0) + (result.far ?? 0)) / (2 * result.n)" -}}
{{- $stable := "((result.stableNear ?? 0) + (result.stableFar ?? 0)) / (2 * result.stableN)" -}}
{{- $value := printf "(%s < %v ? %s - %s : 0)" $canary .Values.gates.floors.apdex $stable $canary -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" . "columns" (include "progressive.gates.newrelic.apdexes" .)
  "value" $value "argument" "max-apdex-drop" "both" true) }}
{{- end -}}

{{/* The business's events beside the transactions, both of the same application. */}}
{{- define "progressive.gates.newrelic.business" -}}
{{- $own := .Values.gates.business -}}
{{- $columns := list -}}
{{- range $version := list "canary" "stable" -}}
{{- $of := include "progressive.gates.newrelic.of" (dict "root" $ "version" $version) -}}
{{- $names := ternary (list "n" "events") (list "stableN" "stableEvents") (eq $version "canary") -}}
{{- $columns = append $columns (printf "filter(count(*), WHERE eventType() = 'Transaction' AND %s) AS %s" $of (index $names 0)) -}}
{{- $columns = append $columns (printf "filter(count(*), WHERE eventType() = '%s' AND %s) AS %s" $own.event $of (index $names 1)) -}}
{{- end -}}
{{- $enough := printf "result.n * (result.stableEvents ?? 0) >= %v * result.stableN" $own.minimumEvents -}}
{{ include "progressive.gates.newrelic.metric" (dict "root" . "columns" (join ", " $columns) "from" (printf "Transaction, %s" $own.event)
  "value" "(result.events ?? 0) / result.n / (result.stableEvents / result.stableN)" "enough" $enough
  "argument" "min-business-ratio" "more" true "both" true) }}
{{- end -}}

{{- define "progressive.gates.newrelic.load" -}}
{{- include "progressive.gates.newrelic.query" (dict "root" . "columns" "rate(count(*), 1 second) AS load") -}}
{{- end -}}
