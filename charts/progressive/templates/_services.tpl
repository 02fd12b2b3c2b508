{{/*
The two Services of a canary or of blue-green. The controller narrows each of them to the pods of one version.
*/}}
{{- define "progressive.services" -}}
{{- $root := . }}
{{- range $name := include "progressive.serviceNames" . | fromJsonArray }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "progressive.metadata" (dict "root" $root "suffix" (splitList "-" $name | last)) | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "progressive.selectorLabels" $root | nindent 4 }}
  ports:
    - name: app
      port: {{ $root.Values.servicePort }}
      targetPort: app
      protocol: TCP
      {{- if and (eq (include "progressive.hasRoute" (dict "root" $root "kind" "grpc")) "true") (ne (include "progressive.hasRoute" (dict "root" $root "kind" "http")) "true") }}
      appProtocol: kubernetes.io/h2c
      {{- end }}
{{- end }}
{{- end -}}
