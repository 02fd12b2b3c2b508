{{- define "progressive.notifications.annotations" -}}
{{- end -}}
