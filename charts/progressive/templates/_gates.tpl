{{- define "progressive.gates.templates" -}}
{{- end -}}
{{- define "progressive.gates.step" -}}
{{- end -}}
{{- define "progressive.gates.blueGreen" -}}
{{- end -}}
{{- define "progressive.gates.worker" -}}
{{- end -}}
