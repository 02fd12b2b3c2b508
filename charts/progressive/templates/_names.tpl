{{/*
Names and labels. Selectors are made of two labels that never change, so that an upgrade of the chart replaces no pod.
*/}}
{{- define "progressive.name" -}}
{{ .Values.nameOverride | default .Release.Name }}
{{- end -}}

{{- define "progressive.selectorLabels" -}}
app.kubernetes.io/name: {{ include "progressive.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "progressive.labels" -}}
{{ include "progressive.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Name, namespace and labels of an object; dict "root" $ and, for another name than the service's, "suffix". */}}
{{- define "progressive.metadata" -}}
name: {{ include "progressive.name" .root }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "progressive.labels" .root | nindent 2 }}
{{- end -}}

{{/* The two Services, as a JSON list: who serves, and the new version before it does. */}}
{{- define "progressive.serviceNames" -}}
{{- $roles := ternary (list "active" "preview") (list "stable" "canary") (eq .Values.profile "blue-green") -}}
{{- $name := include "progressive.name" . -}}
{{ list (printf "%s-%s" $name (index $roles 0)) (printf "%s-%s" $name (index $roles 1)) | toJson }}
{{- end -}}

{{- define "progressive.isRollout" -}}
{{ not (and (eq .Values.profile "worker") (eq .Values.worker.kind "deployment")) }}
{{- end -}}
