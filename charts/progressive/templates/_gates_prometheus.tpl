{{/*
What is asked of Prometheus. Each query answers one number, or nothing at all when there is nothing to judge by: too little
traffic, no series, or a limit that is broken while the stable version is just as bad. Nothing is Inconclusive, never a pass.
*/}}

{{/* Provider and conditions; dict "root" $ "query" "..." "argument" of the limit, and "more" true where more is better. */}}
{{- define "progressive.gates.prometheus.metric" -}}
{{- $limit := printf "{{args.%s}}" .argument -}}
{{- $good := ternary ">=" "<=" (default false .more) -}}
{{- $bad := ternary "<" ">" (default false .more) -}}
successCondition: len(result) > 0 && result[0] {{ $good }} {{ $limit }}
failureCondition: len(result) > 0 && result[0] {{ $bad }} {{ $limit }}
{{ include "progressive.gates.prometheus.provider" . }}
{{- end -}}

{{- define "progressive.gates.prometheus.provider" -}}
{{- $own := .root.Values.gates.prometheus -}}
provider:
  prometheus:
    {{- with $own.address }}
    address: {{ . | quote }}
    {{- end }}
    {{- with $own.timeoutSeconds }}
    timeout: {{ . }}
    {{- end }}
    {{- if $own.insecure }}
    insecure: true
    {{- end }}
    {{- with $own.headers }}
    headers:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $own.authentication }}
    authentication:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    query: |
      {{- .query | trim | nindent 6 }}
{{- end -}}

{{/* Requests in a second of one version; dict "root" $ "version" canary|stable and perhaps "class", of requests of which the plane
has the matchers. A class may need several selectors, of which none overlap. */}}
{{- define "progressive.gates.prometheus.rate" -}}
{{- $plane := include "progressive.gates.plane" .root | fromJson -}}
{{- $window := include "progressive.gates.window" .root -}}
{{- $selectors := list -}}
{{- range (ternary (get $plane (default "" .class)) (list "") (hasKey . "class")) -}}
{{- $selectors = append $selectors (printf "%s(%s{%s}[%ss])" (default "rate" $.function) $plane.requests
  (compact (list (get $plane $.version) .) | join ",") $window) -}}
{{- end -}}
sum({{ join " or " $selectors }})
{{- end -}}

{{- define "progressive.gates.prometheus.count" -}}
{{- include "progressive.gates.prometheus.rate" (merge (dict "function" "increase") .) -}}
{{- end -}}

{{/* The part of a version's requests that are of a class: own errors, a dependency's, or whatever did not succeed. A version
without any of that sort has none of it; one without requests has no part at all. */}}
{{- define "progressive.gates.prometheus.share" -}}
(({{ include "progressive.gates.prometheus.rate" . }} or vector(0)) / {{ include "progressive.gates.prometheus.rate" (omit . "class") }})
{{- end -}}

{{/* That the canary had the least traffic to be judged by, and with "both" the stable version too. */}}
{{- define "progressive.gates.prometheus.enough" -}}
{{- $least := .root.Values.gates.minimumRequests -}}
and {{ include "progressive.gates.prometheus.count" (dict "root" .root "version" "canary") }} >= {{ $least }}
{{- if .both }}
and {{ include "progressive.gates.prometheus.count" (dict "root" .root "version" "stable") }} >= {{ $least }}
{{- end }}
{{- end -}}

{{/* The same of stable if it has enough traffic to say, else the number given as "unknown". */}}
{{- define "progressive.gates.prometheus.ofStable" -}}
({{ .value }} and {{ include "progressive.gates.prometheus.count" (dict "root" .root "version" "stable") }} >= {{ .root.Values.gates.minimumRequests }} or vector({{ .unknown }}))
{{- end -}}

{{- define "progressive.gates.prometheus.traffic" -}}
successCondition: len(result) > 0 && result[0] >= {{ .Values.gates.minimumRequests }}
failureCondition: "false"
{{ include "progressive.gates.prometheus.provider" (dict "root" . "query" (include "progressive.gates.prometheus.count" (dict "root" . "version" "canary"))) }}
{{- end -}}

{{/* A share that may not be above a limit; dict "root" $ "class" and "argument". It is told when it is within the limit, or
when it is that much worse than stable that the change is to blame. */}}
{{- define "progressive.gates.prometheus.limited" -}}
{{- $canary := include "progressive.gates.prometheus.share" (dict "root" .root "version" "canary" "class" .class) -}}
{{- $stable := include "progressive.gates.prometheus.share" (dict "root" .root "version" "stable" "class" .class) -}}
{{- $query := include "progressive.gates.prometheus.limited.query" (dict "canary" $canary "limit" (printf "{{args.%s}}" .argument)
  "factor" .root.Values.gates.blameFactor
  "stable" (include "progressive.gates.prometheus.ofStable" (dict "root" .root "value" $stable "unknown" 0))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" .root))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" .root "query" $query "argument" .argument) }}
{{- end -}}

{{- define "progressive.gates.prometheus.limited.query" -}}
(
    {{ .canary }} <= {{ .limit }}
  or
    {{ .canary }} > {{ .factor }} * {{ .stable }}
)
{{ .enough }}
{{- end -}}

{{- define "progressive.gates.prometheus.errors" -}}
{{- include "progressive.gates.prometheus.limited" (dict "root" . "class" "errors" "argument" "max-error-rate") -}}
{{- end -}}

{{- define "progressive.gates.prometheus.dependencies" -}}
{{- include "progressive.gates.prometheus.limited" (dict "root" . "class" "dependency" "argument" "max-dependency-error-rate") -}}
{{- end -}}

{{/* 1 minus what did not succeed, whoever's fault it was. */}}
{{- define "progressive.gates.prometheus.success" -}}
{{- $canary := include "progressive.gates.prometheus.share" (dict "root" . "version" "canary" "class" "unsuccessful") -}}
{{- $stable := include "progressive.gates.prometheus.share" (dict "root" . "version" "stable" "class" "unsuccessful") -}}
{{- $query := include "progressive.gates.prometheus.success.query" (dict "canary" $canary "factor" .Values.gates.blameFactor
  "stable" (include "progressive.gates.prometheus.ofStable" (dict "root" . "value" $stable "unknown" 0))
  "enough" (include "progressive.gates.prometheus.enough" (dict "root" .))) -}}
{{ include "progressive.gates.prometheus.metric" (dict "root" . "query" $query "argument" "min-success-rate" "more" true) }}
{{- end -}}

{{- define "progressive.gates.prometheus.success.query" -}}
(
    1 - {{ .canary }} >= {{ "{{args.min-success-rate}}" }}
  or
    1 - ({{ .canary }} > {{ .factor }} * {{ .stable }})
)
{{ .enough }}
{{- end -}}
