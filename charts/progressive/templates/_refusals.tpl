{{/*
What cannot be released safely, each with the sentence that says so and what to do. Shapes, types and misspelt names are
refused by values.schema.json before this is asked; here stands what only several values together can tell.
*/}}
{{- define "progressive.refusals" -}}
{{- include "progressive.refusals.basics" . }}
{{- include (printf "progressive.refusals.%s" .Values.profile) . }}
{{- include "progressive.refusals.scaling" . }}
{{- include "progressive.refusals.gates" . }}
{{- end -}}

{{/* One line of the list. */}}
{{- define "progressive.refusal" }}
- {{ . }}
{{- end -}}

{{- define "progressive.refusals.basics" -}}
{{- $name := include "progressive.name" . }}
{{- if not .Values.image }}
{{- include "progressive.refusal" "image is missing: set it to a repository with a tag or a digest, such as registry.example.com/shop/web:1.4.2" }}
{{- else if not (regexMatch "^[^@]+(:[^:/@]+|(:[^:/@]+)?@sha256:[0-9a-f]{64})$" .Values.image) }}
{{- include "progressive.refusal" (printf "image %q has neither tag nor digest: add one, as a version without a name cannot be told from another" .Values.image) }}
{{- else if hasSuffix ":latest" .Values.image }}
{{- include "progressive.refusal" (printf "image %q is whatever was pushed last, so there is nothing to roll back to: name a version" .Values.image) }}
{{- end }}
{{- if gt (len $name) 45 }}
{{- include "progressive.refusal" (printf "the name %q is too long: use a release name or nameOverride of 45 characters at most, as pods and analysis runs add to it" $name) }}
{{- end }}
{{- range $label := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "role" }}
{{- if hasKey $.Values.podLabels $label }}
{{- include "progressive.refusal" (printf "podLabels has %s, by which the pods are found: take it out" $label) }}
{{- end }}
{{- end }}
{{- if and (eq .Values.probes.type "none") (ne .Values.profile "worker") }}
{{- include "progressive.refusal" "probes.type none leaves nobody to say when a pod is ready, so traffic would reach pods that are not: set http, grpc or tcp" }}
{{- end }}
{{- end -}}

{{/* What canary and blue-green have in common: they serve. */}}
{{- define "progressive.refusals.serving" -}}
{{- if not .Values.port }}
{{- include "progressive.refusal" "port is missing: set the port on which the container listens; only the worker profile goes without" }}
{{- end }}
{{- if not (or .Values.host .Values.routes) }}
{{- include "progressive.refusal" "there is no way in: set host, or routes; a service that nobody calls is the worker profile" }}
{{- end }}
{{- $names := list }}
{{- range $route := .Values.routes }}
{{- $names = append $names (printf "%s %s" .kind (.name | default "")) }}
{{- if and (ne .kind "tcp") (not .hostnames) (not $.Values.host) }}
{{- include "progressive.refusal" (printf "the %s route has no hostnames and there is no host: set one of them, or it would take every host of the gateway" .kind) }}
{{- end }}
{{- range $field := list "hostnames" "matches" "filters" "timeouts" }}
{{- if and (eq $route.kind "tcp") (get $route $field) }}
{{- include "progressive.refusal" (printf "a tcp route has no %s: take them out, or use kind http or grpc" $field) }}
{{- end }}
{{- end }}
{{- if and (eq .kind "grpc") .timeouts }}
{{- include "progressive.refusal" "a grpc route has no timeouts: take them out" }}
{{- end }}
{{- end }}
{{- if ne (len $names) (len ($names | uniq)) }}
{{- include "progressive.refusal" "two routes of one kind have the same name: give each a name of its own" }}
{{- end }}
{{- if .Values.worker.queue }}
{{- include "progressive.refusal" (printf "worker.queue is for consumers of a queue, and profile is %s: set profile worker, or take worker out" .Values.profile) }}
{{- end }}
{{- if and (ne .Values.autoscaling.type "none") (lt (int .Values.autoscaling.min) 1) }}
{{- include "progressive.refusal" "autoscaling.min is 0: a service at zero gives a release no traffic to be judged by; set 1 or more" }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.canary" -}}
{{- include "progressive.refusals.serving" . }}
{{- include "progressive.refusals.weights" . }}
{{- include "progressive.refusals.steps" . }}
{{- include "progressive.refusals.audiences" . }}
{{- if .Values.blueGreen.previewHost }}
{{- include "progressive.refusal" "blueGreen.previewHost is for profile blue-green: let testers in by audiences instead" }}
{{- end }}
{{- end -}}

{{/* Weights go up and end at 100: the controller would promote whatever comes behind the last one without a hold. */}}
{{- define "progressive.refusals.weights" -}}
{{- $last := 0 }}
{{- range .Values.pace.weights }}
{{- if le (int .) $last }}
{{- include "progressive.refusal" (printf "pace.weights goes from %d to %d: every weight has to be larger than the one before" $last (int .)) }}
{{- end }}
{{- $last = int . }}
{{- end }}
{{- if and .Values.pace.weights (ne $last 100) }}
{{- include "progressive.refusal" (printf "pace.weights ends at %d: end it with 100, or the rest of the traffic comes at once and is not judged" $last) }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.steps" -}}
{{- $steps := .Values.steps }}
{{- if and $steps (or .Values.pace.weights .Values.pace.hold .Values.audiences) }}
{{- include "progressive.refusal" "steps replaces every step that is made here: take out pace.weights, pace.hold and audiences, or steps" }}
{{- end }}
{{- $weight := 0 }}
{{- $scaled := false }}
{{- range $index, $step := $steps }}
{{- if hasKey $step "setWeight" }}{{ $weight = int $step.setWeight }}{{ end }}
{{- with $step.setCanaryScale }}
{{- $scaled = or (gt (int (.replicas | default 0)) 0) (gt (int (.weight | default 0)) 0) }}
{{- if and .matchTrafficWeight (eq $weight 0) }}
{{- include "progressive.refusal" (printf "steps[%d] is setCanaryScale matchTrafficWeight at weight 0, which takes the canary's pods away: put it behind the first setWeight" $index) }}
{{- end }}
{{- end }}
{{- range $field := list "setHeaderRoute" "setMirrorRoute" }}
{{- if and (get $step $field) (eq $weight 0) (not $scaled) }}
{{- include "progressive.refusal" (printf "steps[%d] is %s before the canary has pods, so the controller would remove the route at once: put setCanaryScale with replicas or weight before it" $index $field) }}
{{- end }}
{{- end }}
{{- if and (hasKey $step "analysis") (not (dig "analysis" "templates" "" $step)) }}
{{- include "progressive.refusal" (printf "steps[%d].analysis names no templates: it would judge nothing" $index) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.audiences" -}}
{{- if .Values.audiences }}
{{- if not (or (eq (include "progressive.hasRoute" (dict "root" . "kind" "http")) "true") (eq (include "progressive.hasRoute" (dict "root" . "kind" "grpc")) "true")) }}
{{- include "progressive.refusal" "audiences are told by headers, and there are only tcp routes: take audiences out, or add an http or grpc route" }}
{{- end }}
{{- if .Values.dynamicStableScale }}
{{- include "progressive.refusal" "audiences scale the canary by hand, which the controller does not allow with dynamicStableScale: take one of the two out" }}
{{- end }}
{{- $names := list }}
{{- range .Values.audiences }}
{{- $names = append $names .name }}
{{- if and .approve .hold }}
{{- include "progressive.refusal" (printf "audience %q has approve and hold: with approve it is held until somebody promotes it" .name) }}
{{- end }}
{{- end }}
{{- if ne (len $names) (len ($names | uniq)) }}
{{- include "progressive.refusal" "two audiences have the same name: each needs its own, as the header route is called by it" }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.blue-green" -}}
{{- include "progressive.refusals.serving" . }}
{{- range $path := list "steps" "audiences" "pace.weights" "pace.hold" "dynamicStableScale" }}
{{- $value := $.Values }}
{{- range splitList "." $path }}{{ $value = get $value . }}{{ end }}
{{- if $value }}
{{- include "progressive.refusal" (printf "%s is set with profile blue-green, which switches all traffic at once and has no weights: take it out, or use profile canary" $path) }}
{{- end }}
{{- end }}
{{- if .Values.plugin.config }}
{{- include "progressive.refusal" "plugin.config is set with profile blue-green, which does without the router: take it out, or use profile canary" }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.worker" -}}
{{- include "progressive.refusals.weights" . }}
{{- range $field := list "host" "routes" "audiences" "dynamicStableScale" }}
{{- if get $.Values $field }}
{{- include "progressive.refusal" (printf "%s is set with profile worker, which takes no traffic from a gateway: take it out, or use profile canary or blue-green" $field) }}
{{- end }}
{{- end }}
{{- range $index, $step := .Values.steps }}
{{- range $field := list "setHeaderRoute" "setMirrorRoute" "setCanaryScale" }}
{{- if hasKey $step $field }}
{{- include "progressive.refusal" (printf "steps[%d] is %s, which needs traffic routing: profile worker has none" $index $field) }}
{{- end }}
{{- end }}
{{- end }}
{{- include "progressive.refusals.queue" . }}
{{- if and (eq .Values.worker.kind "deployment") .Values.steps }}
{{- include "progressive.refusal" "steps is set with worker.kind deployment, which has no steps: use worker.kind rollout" }}
{{- end }}
{{- if and (eq .Values.worker.kind "rollout") (ne .Values.autoscaling.type "none") (lt (int .Values.autoscaling.min) 1) }}
{{- include "progressive.refusal" "autoscaling.min is 0: a version that comes while there are no pods is promoted without having run; set 1 or more, or worker.kind deployment" }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.queue" -}}
{{- $worker := .Values.worker }}
{{- if and (eq $worker.queue "kafka") (not (and $worker.kafka.bootstrapServers $worker.kafka.consumerGroup $worker.kafka.topic)) }}
{{- include "progressive.refusal" "worker.queue is kafka: set worker.kafka.bootstrapServers, consumerGroup and topic, by which its lag is known" }}
{{- end }}
{{- if and (eq $worker.queue "sqs") (not (and $worker.sqs.queueURL $worker.sqs.region)) }}
{{- include "progressive.refusal" "worker.queue is sqs: set worker.sqs.queueURL and region, by which its oldest message is known" }}
{{- end }}
{{- end -}}

{{- define "progressive.refusals.scaling" -}}
{{- $scaling := .Values.autoscaling }}
{{- if and (ne $scaling.type "none") (gt (include "progressive.minReplicas" . | int) (int $scaling.max)) }}
{{- include "progressive.refusal" (printf "autoscaling.max is %d, less than the minimum of %s (a critical service has three at least): raise it" (int $scaling.max) (include "progressive.minReplicas" .)) }}
{{- end }}
{{- if and (eq $scaling.type "hpa") (not (dig "requests" "cpu" "" .Values.resources)) }}
{{- include "progressive.refusal" "autoscaling.type hpa needs resources.requests.cpu, of which cpuPercent is a part: set it, or type none" }}
{{- end }}
{{- if eq $scaling.type "keda" }}
{{- if not (include "progressive.triggers" . | fromJsonArray) }}
{{- include "progressive.refusal" "autoscaling.type keda needs autoscaling.triggers; only a worker with a queue has one without" }}
{{- end }}
{{- include "progressive.refusals.triggers" . }}
{{- else if $scaling.triggers }}
{{- include "progressive.refusal" (printf "autoscaling.triggers is set with type %s: set type keda, or take them out" $scaling.type) }}
{{- end }}
{{- end -}}

{{/* Stable and canary count together in what is measured for each pod, and are multiplied by all pods: replicas run up to the
maximum in a long canary. */}}
{{- define "progressive.refusals.triggers" -}}
{{- range $trigger := .Values.autoscaling.triggers }}
{{- if and (eq $.Values.profile "canary") (not $.Values.dynamicStableScale) (or (has .type (list "cpu" "memory")) (eq .metricType "Value")) }}
{{- include "progressive.refusal" (printf "the %s trigger measures each pod, stable and canary alike, so a long canary scales to the maximum: use one that measures all of the work with metricType AverageValue, or set dynamicStableScale" .type) }}
{{- end }}
{{- end }}
{{- end -}}
