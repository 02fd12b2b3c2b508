{{/*
The pod template: whatever the profile, a pod that Pod Security's level "restricted" admits, that says when it is ready, and
that goes on serving while it is taken out of the routes.
*/}}
{{- define "progressive.pod" -}}
metadata:
  labels:
    {{- include "progressive.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  {{- with .Values.serviceAccountName }}
  serviceAccountName: {{ . }}
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  terminationGracePeriodSeconds: {{ add .Values.drainSeconds 30 }}
  securityContext:
    runAsNonRoot: true
    {{- with .Values.podSecurity.runAsUser }}
    runAsUser: {{ . }}
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "progressive.selectorLabels" . | nindent 10 }}
  {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
  {{- with get $.Values $field }}
  {{ $field }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  containers:
    - {{ include "progressive.container" . | nindent 6 | trim }}
  {{- if or .Values.writablePaths .Values.volumes }}
  volumes:
    {{- range $index, $path := .Values.writablePaths }}
    - name: writable-{{ $index }}
      emptyDir: {}
    {{- end }}
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* Its one container is named like the service, so that `kubectl argo rollouts set image shop shop=...` reads well. */}}
{{- define "progressive.container" -}}
name: {{ include "progressive.name" . }}
image: {{ .Values.image | quote }}
imagePullPolicy: {{ .Values.imagePullPolicy }}
{{- range $field := list "command" "args" "env" "envFrom" }}
{{- with get $.Values $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- if .Values.port }}
ports:
  - name: app
    containerPort: {{ .Values.port }}
    protocol: TCP
{{- include "progressive.probes" . }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: {{ .Values.podSecurity.readOnlyRootFilesystem }}
  capabilities:
    drop: [ALL]
    {{- with .Values.podSecurity.addCapabilities }}
    add:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- if and .Values.port .Values.drainSeconds }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .Values.drainSeconds }}
{{- end }}
{{- if or .Values.writablePaths .Values.volumeMounts }}
volumeMounts:
  {{- range $index, $path := .Values.writablePaths }}
  - name: writable-{{ $index }}
    mountPath: {{ $path }}
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "progressive.probes" -}}
{{- $probes := .Values.probes }}
{{- if ne $probes.type "none" }}
startupProbe:
  {{- include "progressive.probe" (dict "probes" $probes "port" .Values.port "path" $probes.path) | nindent 2 }}
  periodSeconds: {{ $probes.periodSeconds }}
  failureThreshold: {{ div (add $probes.startupSeconds $probes.periodSeconds -1) $probes.periodSeconds }}
readinessProbe:
  {{- include "progressive.probe" (dict "probes" $probes "port" .Values.port "path" $probes.path) | nindent 2 }}
  periodSeconds: {{ $probes.periodSeconds }}
  failureThreshold: 2
livenessProbe:
  {{- include "progressive.probe" (dict "probes" $probes "port" .Values.port "path" ($probes.livenessPath | default $probes.path)) | nindent 2 }}
  periodSeconds: {{ mul 2 $probes.periodSeconds }}
  failureThreshold: 6
{{- end }}
{{- end -}}

{{- define "progressive.probe" -}}
{{- if eq .probes.type "http" -}}
httpGet: {path: {{ .path | quote }}, port: app}
{{- else if eq .probes.type "grpc" -}}
grpc: {port: {{ .port }}}
{{- else -}}
tcpSocket: {port: app}
{{- end }}
timeoutSeconds: 2
{{- end -}}
