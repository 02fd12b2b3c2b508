{{/*
The two Services of a canary or of blue-green. They have no selector of their own: the controller sets it to the pods of one
version. To server-side apply (Helm 4, Flux, Argo CD) a selector is one field with one owner: one that stood here would be a
conflict at every upgrade, or, forced, lead both Services to both versions until the controller comes by.
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
