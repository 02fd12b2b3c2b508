{{/*
All objects of one service, by profile. What is one-sided here is refused in _refusals.tpl before anything is rendered.
*/}}
{{- define "progressive.all" -}}
{{- with include "progressive.refusals" . | trim }}
{{- fail (printf "\n\nThese values cannot be released safely:\n%s\n" .) }}
{{- end }}
{{- range $template := include "progressive.parts" . | fromYamlArray }}
{{- with include $template $ | trim }}
---
{{ trimPrefix "---" . | trim }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The named templates that make up a profile, in the order in which their objects are to be there. */}}
{{- define "progressive.parts" -}}
- progressive.gates.templates
{{- if ne .Values.profile "worker" }}
- progressive.services
- progressive.routes
{{- end }}
- progressive.workload
- progressive.scaling
- progressive.pdb
{{- end -}}

{{- define "progressive.notes" -}}
{{ include "progressive.name" . }} is released as profile "{{ .Values.profile }}".
{{- if eq (include "progressive.isRollout" .) "true" }}

kubectl argo rollouts get rollout {{ include "progressive.name" . }} --namespace {{ .Release.Namespace }} --watch
{{- end }}
{{- end -}}
