{{/*
The routes of a service. Everything that the API server would fill in is written out, so that nobody who compares finds a
difference, and the weights are those of a service that is not being released: all of it on stable.
*/}}

{{/* The list of routes as JSON: what the values have, or one HTTPRoute for the host. */}}
{{- define "progressive.routeList" -}}
{{- $routes := .Values.routes -}}
{{- if and (not $routes) .Values.host }}{{ $routes = list (dict "kind" "http") }}{{ end -}}
{{ $routes | toJson }}
{{- end -}}

{{/* "true" when there is a route of dict "root" $ "kind" http|grpc|tcp. */}}
{{- define "progressive.hasRoute" -}}
{{- $found := false -}}
{{- $kind := .kind -}}
{{- range include "progressive.routeList" .root | fromJsonArray }}{{ if eq .kind $kind }}{{ $found = true }}{{ end }}{{ end -}}
{{ $found }}
{{- end -}}

{{- define "progressive.routes" -}}
{{- $root := . }}
{{- range $index, $route := include "progressive.routeList" . | fromJsonArray }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: {{ get (dict "http" "HTTPRoute" "grpc" "GRPCRoute" "tcp" "TCPRoute") $route.kind }}
metadata:
  {{- include "progressive.metadata" (dict "root" $root "suffix" $route.name) | nindent 2 }}
    {{- if eq $root.Values.profile "canary" }}
    rollout-enabled: "true"
    {{- end }}
spec:
  parentRefs:
    {{- range $route.parentRefs | default (list $root.Values.gateway) }}
    - {{ include "progressive.parentRef" . | nindent 6 | trim }}
    {{- end }}
  {{- if ne $route.kind "tcp" }}
  hostnames:
    {{- range $route.hostnames | default (list $root.Values.host) }}
    - {{ . | quote }}
    {{- end }}
  {{- end }}
  rules:
    - {{ include "progressive.rule" (dict "root" $root "route" $route) | nindent 6 | trim }}
{{- end }}
{{- with .Values.blueGreen.previewHost }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "progressive.metadata" (dict "root" $root "suffix" "preview") | nindent 2 }}
spec:
  parentRefs:
    - {{ include "progressive.parentRef" $root.Values.gateway | nindent 6 | trim }}
  hostnames:
    - {{ . | quote }}
  rules:
    - matches:
        - path: {type: PathPrefix, value: /}
      backendRefs:
        - {{ include "progressive.backend" (dict "root" $root "index" 1 "weight" 1) | nindent 10 | trim }}
{{- end }}
{{- end -}}

{{- define "progressive.parentRef" -}}
group: gateway.networking.k8s.io
kind: Gateway
name: {{ .name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
{{- with .sectionName }}
sectionName: {{ . }}
{{- end }}
{{- end -}}

{{- define "progressive.rule" -}}
{{- if ne .route.kind "tcp" }}
{{- $matches := .route.matches -}}
{{- if and (not $matches) (eq .route.kind "http") }}{{ $matches = list dict }}{{ end -}}
{{- with $matches }}
matches:
  {{- range . }}
  - {{ include "progressive.match" (dict "kind" $.route.kind "match" .) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- with .route.filters }}
filters:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .route.timeouts }}
timeouts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
backendRefs:
  {{- if eq .root.Values.profile "canary" }}
  - {{ include "progressive.backend" (dict "root" .root "index" 0 "weight" 100) | nindent 4 | trim }}
  - {{ include "progressive.backend" (dict "root" .root "index" 1 "weight" 0) | nindent 4 | trim }}
  {{- else }}
  - {{ include "progressive.backend" (dict "root" .root "index" 0 "weight" 1) | nindent 4 | trim }}
  {{- end }}
{{- end -}}

{{/* A match with the API's defaults: a gRPC match has a method or headers, an HTTP match always has a path. */}}
{{- define "progressive.match" -}}
{{- $match := .match }}
{{- if eq .kind "http" }}
path: {{ merge (dict) ($match.path | default dict) (dict "type" "PathPrefix" "value" "/") | toJson }}
{{- with $match.method }}
method: {{ . }}
{{- end }}
{{- else }}
{{- with $match.method }}
method: {{ merge (dict) . (dict "type" "Exact") | toJson }}
{{- end }}
{{- end }}
{{- range $list := list "headers" "queryParams" }}
{{- with get $match $list }}
{{ $list }}:
  {{- range . }}
  - {{ merge (dict) . (dict "type" "Exact") | toJson }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "progressive.backend" -}}
group: ""
kind: Service
name: {{ index (include "progressive.serviceNames" .root | fromJsonArray) .index }}
port: {{ .root.Values.servicePort }}
weight: {{ .weight }}
{{- end -}}
