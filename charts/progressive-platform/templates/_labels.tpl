{{- define "progressive-platform.labels" -}}
app.kubernetes.io/name: progressive-platform
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
