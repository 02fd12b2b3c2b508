{{- define "progressive.pace.step" -}}
{{- end -}}
