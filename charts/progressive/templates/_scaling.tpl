{{/*
Who scales the service, and what keeps enough of it when nodes are drained. Both look at all of its pods, whatever version.
*/}}
{{- define "progressive.target" -}}
{{- if eq (include "progressive.isRollout" .) "true" -}}
apiVersion: argoproj.io/v1alpha1
kind: Rollout
{{- else -}}
apiVersion: apps/v1
kind: Deployment
{{- end }}
name: {{ include "progressive.name" . }}
{{- end -}}

{{- define "progressive.scaling" -}}
{{- if eq .Values.autoscaling.type "hpa" }}{{ include "progressive.hpa" . }}{{ end }}
{{- if eq .Values.autoscaling.type "keda" }}{{ include "progressive.scaledObject" . }}{{ end }}
{{- end -}}

{{/* The fewest replicas: three for a critical service, whatever less the values say. */}}
{{- define "progressive.minReplicas" -}}
{{- $least := ternary 3 0 (eq .Values.criticality "critical") -}}
{{ max $least (int .Values.autoscaling.min) }}
{{- end -}}

{{- define "progressive.hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "progressive.metadata" (dict "root" .) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "progressive.target" . | nindent 4 }}
  minReplicas: {{ include "progressive.minReplicas" . }}
  maxReplicas: {{ .Values.autoscaling.max }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .Values.autoscaling.cpuPercent }}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 0
      selectPolicy: Max
      policies:
        - {type: Percent, value: 100, periodSeconds: 15}
        - {type: Pods, value: 4, periodSeconds: 15}
    scaleDown:
      stabilizationWindowSeconds: 300
      selectPolicy: Max
      policies:
        - {type: Percent, value: 25, periodSeconds: 60}
{{- end -}}

{{- define "progressive.scaledObject" -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "progressive.metadata" (dict "root" .) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "progressive.target" . | nindent 4 }}
  minReplicaCount: {{ include "progressive.minReplicas" . }}
  maxReplicaCount: {{ .Values.autoscaling.max }}
  pollingInterval: {{ .Values.autoscaling.pollingInterval }}
  cooldownPeriod: {{ .Values.autoscaling.cooldownPeriod }}
  triggers:
    {{- toYaml (include "progressive.triggers" . | fromJsonArray) | nindent 4 }}
{{- end -}}

{{/* The triggers as JSON: those of the values, or one for the worker's queue. */}}
{{- define "progressive.triggers" -}}
{{- $worker := .Values.worker -}}
{{- if .Values.autoscaling.triggers -}}
{{ .Values.autoscaling.triggers | toJson }}
{{- else if eq $worker.queue "kafka" -}}
{{- $metadata := dict "bootstrapServers" $worker.kafka.bootstrapServers "consumerGroup" $worker.kafka.consumerGroup
  "topic" $worker.kafka.topic "lagThreshold" ($worker.kafka.lagPerReplica | toString) -}}
{{ list (dict "type" "kafka" "metadata" $metadata) | toJson }}
{{- else if eq $worker.queue "sqs" -}}
{{- $metadata := dict "queueURL" $worker.sqs.queueURL "awsRegion" $worker.sqs.region
  "queueLength" ($worker.sqs.messagesPerReplica | toString) -}}
{{ list (dict "type" "aws-sqs-queue" "metadata" $metadata) | toJson }}
{{- else -}}
[]
{{- end -}}
{{- end -}}

{{- define "progressive.pdb" -}}
{{- if .Values.pdb.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "progressive.metadata" (dict "root" .) | nindent 2 }}
spec:
  maxUnavailable: {{ .Values.pdb.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "progressive.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}
