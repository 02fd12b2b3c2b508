{{/*
Where each data plane counts requests, and by which labels it tells the new version from the old one, an error from an
answer, and a dependency's error from one's own. docs/gates.md says which of these were run and which only parsed.
*/}}

{{/* The counters and labels of the data plane as JSON: `canary` and `stable` are label matchers; `errors`, `unsuccessful` and
`dependency` are lists of further ones, of which any may hold; `scale` makes milliseconds of a bucket's unit. */}}
{{- define "progressive.gates.plane" -}}
{{- include (printf "progressive.gates.plane.%s" .Values.gates.prometheus.dataPlane) . -}}
{{- end -}}

{{/* Whether errors of dependencies can be told: "true" or "false". */}}
{{- define "progressive.gates.tellsOrigin" -}}
{{- if eq .Values.gates.provider "newrelic" -}}
true
{{- else -}}
{{ gt (len (include "progressive.gates.plane" . | fromJson).dependency) 0 }}
{{- end -}}
{{- end -}}

{{/* The two Services of the release, however they are called in a label; dict "root" $ "form" with %s for the Service. */}}
{{- define "progressive.gates.plane.byService" -}}
{{- $form := .form -}}
{{- $names := include "progressive.serviceNames" .root | fromJsonArray -}}
{{ dict "canary" (replace "SERVICE" (index $names 1) $form) "stable" (replace "SERVICE" (index $names 0) $form) | toJson }}
{{- end -}}

{{- define "progressive.gates.plane.byHash" -}}
{{- $form := .form -}}
{{ dict "canary" (replace "HASH" "{{args.canary-hash}}" $form) "stable" (replace "HASH" "{{args.stable-hash}}" $form) | toJson }}
{{- end -}}

{{/* The application's own metrics, by the pods' hash: works behind every gateway, and tells origins if the application does. */}}
{{- define "progressive.gates.plane.app" -}}
{{- $app := .Values.gates.prometheus.app -}}
{{- $form := printf "namespace=%q,%s=\"HASH\"" .Release.Namespace $app.hashLabel -}}
{{- $code := $app.codeLabel -}}
{{- $errors := printf "%s=~\"5..\"" $code -}}
{{- $own := list $errors -}}
{{- $dependency := list -}}
{{- if $app.originLabel -}}
{{- $own = list (printf "%s,%s!~%q" $errors $app.originLabel $app.dependencyOrigins) -}}
{{- $dependency = list (printf "%s,%s=~%q" $errors $app.originLabel $app.dependencyOrigins) -}}
{{- end -}}
{{ merge (dict "requests" $app.requests "buckets" $app.buckets "scale" 1000 "errors" $own "dependency" $dependency
  "unsuccessful" (list (printf "%s=~\"5..|408|429|499\"" $code)))
  (include "progressive.gates.plane.byHash" (dict "form" $form) | fromJson) | toJson }}
{{- end -}}

{{/* Istio, as the destination's proxy sees it. An answer 502, 503 or 504 that the application gave itself has no flag: it
passes on what a dependency did. Resets and its own timeouts have one, and are its own. */}}
{{- define "progressive.gates.plane.istio" -}}
{{- $form := printf "reporter=\"destination\",destination_service_namespace=%q,destination_service_name=\"SERVICE\"" .Release.Namespace -}}
{{ merge (dict "requests" "istio_requests_total" "buckets" "istio_request_duration_milliseconds_bucket" "scale" 1
  "dependency" (list "response_code=~\"502|503|504\",response_flags=\"-\"")
  "errors" (list "response_code=~\"5..\",response_code!~\"502|503|504\"" "response_code=~\"502|503|504\",response_flags!=\"-\"")
  "unsuccessful" (list "response_code=~\"5..|408|429|499|0\""))
  (include "progressive.gates.plane.byService" (dict "root" . "form" $form) | fromJson) | toJson }}
{{- end -}}

{{/* An Envoy with a cluster for each Service; dict "root" $ "form" of the cluster's name. */}}
{{- define "progressive.gates.plane.envoy" -}}
{{ merge (dict "requests" "envoy_cluster_upstream_rq" "buckets" "envoy_cluster_upstream_rq_time_bucket" "scale" 1
  "dependency" list "errors" (list "envoy_response_code=~\"5..\"") "unsuccessful" (list "envoy_response_code=~\"5..|408|429|499\""))
  (include "progressive.gates.plane.byService" (dict "root" .root "form" (printf "envoy_cluster_name=%q" .form)) | fromJson) | toJson }}
{{- end -}}

{{- define "progressive.gates.plane.kgateway" -}}
{{- include "progressive.gates.plane.envoy" (dict "root" . "form" (printf "kube_%s_SERVICE_%d" .Release.Namespace (int .Values.servicePort))) -}}
{{- end -}}

{{- define "progressive.gates.plane.contour" -}}
{{- include "progressive.gates.plane.envoy" (dict "root" . "form" (printf "%s_SERVICE_%d" .Release.Namespace (int .Values.servicePort))) -}}
{{- end -}}

{{/* Envoy Gateway has one cluster for a rule with all of its backends, unless one of them has a filter: then each has its own,
in the order of the rule, which is stable before canary. */}}
{{- define "progressive.gates.plane.envoy-gateway" -}}
{{- $form := printf "envoy_cluster_name=\"httproute/%s/%s/rule/0/backend/" .Release.Namespace (include "progressive.name" .) -}}
{{ merge (dict "canary" (printf "%s1\"" $form) "stable" (printf "%s0\"" $form))
  (include "progressive.gates.plane.envoy" (dict "root" . "form" "") | fromJson) | toJson }}
{{- end -}}

{{/* Traefik names a service by namespace, Service and port, and says which provider it is from. */}}
{{- define "progressive.gates.plane.traefik" -}}
{{- $form := printf "service=\"%s-SERVICE-%d@kubernetesgateway\"" .Release.Namespace (int .Values.servicePort) -}}
{{ merge (dict "requests" "traefik_service_requests_total" "buckets" "traefik_service_request_duration_seconds_bucket"
  "scale" 1000 "dependency" list "errors" (list "code=~\"5..\"") "unsuccessful" (list "code=~\"5..|408|429|499\""))
  (include "progressive.gates.plane.byService" (dict "root" . "form" $form) | fromJson) | toJson }}
{{- end -}}

{{/* Linkerd's proxies carry the pods' own labels. */}}
{{- define "progressive.gates.plane.linkerd" -}}
{{- $form := printf "direction=\"inbound\",namespace=%q,rollouts_pod_template_hash=\"HASH\"" .Release.Namespace -}}
{{ merge (dict "requests" "response_total" "buckets" "response_latency_ms_bucket" "scale" 1 "dependency" list
  "errors" (list "classification=\"failure\"") "unsuccessful" (list "classification=\"failure\""))
  (include "progressive.gates.plane.byHash" (dict "form" $form) | fromJson) | toJson }}
{{- end -}}
