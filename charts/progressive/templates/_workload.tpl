{{/*
The Rollout of each profile, and the Deployment of a worker that wants one. Steps are made in _steps.tpl.
*/}}
{{- define "progressive.workload" -}}
{{- $isRollout := eq (include "progressive.isRollout" .) "true" -}}
apiVersion: {{ ternary "argoproj.io/v1alpha1" "apps/v1" $isRollout }}
kind: {{ ternary "Rollout" "Deployment" $isRollout }}
metadata:
  {{- include "progressive.metadata" (dict "root" .) | nindent 2 }}
  {{- if $isRollout }}
  {{- with include "progressive.notifications.annotations" . | trim }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
  {{- end }}
spec:
  {{- if eq .Values.autoscaling.type "none" }}
  replicas: {{ max (int .Values.replicas) (ternary 3 1 (eq .Values.criticality "critical")) }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: {{ .Values.progressDeadlineSeconds }}
  selector:
    matchLabels:
      {{- include "progressive.selectorLabels" . | nindent 6 }}
  {{- if $isRollout }}
  progressDeadlineAbort: true
  {{- with .Values.rollbackRevisions }}
  rollbackWindow:
    revisions: {{ . }}
  {{- end }}
  {{- end }}
  strategy:
    {{- include (printf "progressive.strategy.%s" (ternary .Values.profile "deployment" $isRollout)) . | nindent 4 }}
  template:
    {{- include "progressive.pod" . | nindent 4 }}
{{- end -}}

{{- define "progressive.strategy.canary" -}}
{{- $services := include "progressive.serviceNames" . | fromJsonArray -}}
canary:
  stableService: {{ index $services 0 }}
  canaryService: {{ index $services 1 }}
  stableMetadata: {labels: {role: stable}}
  canaryMetadata: {labels: {role: canary}}
  {{- if .Values.dynamicStableScale }}
  dynamicStableScale: true
  {{- else }}
  abortScaleDownDelaySeconds: {{ .Values.abortScaleDownDelaySeconds }}
  {{- end }}
  {{- with .Values.autoscaling.progressPercent }}
  replicaProgressThreshold: {type: Percent, value: {{ . }}}
  {{- end }}
  trafficRouting:
    {{- with include "progressive.managedRoutes" . | fromJsonArray }}
    managedRoutes:
      {{- range . }}
      - name: {{ . }}
      {{- end }}
    {{- end }}
    plugins:
      {{ .Values.plugin.name }}:
        {{- include "progressive.router" . | nindent 8 }}
  steps:
    {{- include "progressive.steps" . | nindent 4 }}
{{- end -}}

{{/* The router's own block: routes by label, of the kinds that are there; what the values say goes before it. */}}
{{- define "progressive.router" -}}
{{- $selector := dict "matchLabels" (dict "rollout-enabled" "true") -}}
{{- if include "progressive.managedRoutes" . | fromJsonArray }}{{ $_ := set $selector "useHeaderRoutes" true }}{{ end -}}
{{- $config := dict -}}
{{- range $kind := list "http" "grpc" "tcp" }}
{{- if eq (include "progressive.hasRoute" (dict "root" $ "kind" $kind)) "true" }}
{{- $own := deepCopy $selector }}
{{- if eq $kind "tcp" }}{{ $_ := unset $own "useHeaderRoutes" }}{{ end }}
{{- $_ := set $config (printf "%sRouteSelector" $kind) $own }}
{{- end }}
{{- end }}
{{- if eq .Values.autoscaling.type "keda" }}
{{- $_ := set $config "keda" (ternary (dict "scaleIn" "hold") dict .Values.autoscaling.scaleInHold) }}
{{- end }}
{{- mergeOverwrite $config (deepCopy .Values.plugin.config) | toYaml }}
{{- end -}}

{{- define "progressive.strategy.blue-green" -}}
{{- $services := include "progressive.serviceNames" . | fromJsonArray -}}
blueGreen:
  activeService: {{ index $services 0 }}
  previewService: {{ index $services 1 }}
  activeMetadata: {labels: {role: active}}
  previewMetadata: {labels: {role: preview}}
  autoPromotionEnabled: {{ .Values.blueGreen.autoPromotionEnabled }}
  scaleDownDelaySeconds: {{ .Values.blueGreen.scaleDownDelaySeconds }}
  abortScaleDownDelaySeconds: {{ .Values.abortScaleDownDelaySeconds }}
  {{- range $phase := list "pre" "post" }}
  {{- with include "progressive.gates.blueGreen" (dict "root" $ "phase" $phase) | trim }}
  {{ $phase }}PromotionAnalysis:
    {{- . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "progressive.strategy.worker" -}}
canary:
  maxSurge: 25%
  maxUnavailable: 0
  stableMetadata: {labels: {role: stable}}
  canaryMetadata: {labels: {role: canary}}
  steps:
    {{- include "progressive.steps" . | nindent 4 }}
{{- end -}}

{{- define "progressive.strategy.deployment" -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 25%
  maxUnavailable: 0
{{- end -}}
