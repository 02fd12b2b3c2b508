# shellcheck shell=bash
# shellcheck disable=SC2154 # gateway is set by whoever sources this
# What is the same for every gateway: checks, the steps of `up`, `test` and `down`. Sourced by the script of a gateway, which
# sets `gateway` and defines `install_gateway`, and may set other versions. Every step can be repeated; one that is done is
# noted in the cluster, with a digest of what went in, and is skipped until that changes.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/versions.env"

cluster=rollouts-router-$gateway
state=${ROLLOUTS_ROUTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rollouts-router}/kind/$gateway
python=${PYTHON:-$root/.venv/bin/python}
patience=300s # for one thing to become ready; images are pulled meanwhile
tries=60     # of a question that kubectl cannot wait for, with five seconds in between
export KUBECONFIG=$state/kubeconfig # the user's own stays as it is
umask 077                           # it holds an administrator's key

say() { printf '%s: %s\n' "$gateway" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

main() {
  # No `&&` here: bash would go on after a failure in all but the last.
  case "${1:-}" in
    up)
      check_tools
      up
      ;;
    test)
      check_tools
      up
      canaries
      ;;
    tell)
      check_tools
      tell
      ;;
    down)
      check_tools
      down
      ;;
    *) fail "usage: e2e/kind/$gateway up|test|tell|down   (test does up first; both go on where they were interrupted)" ;;
  esac
}

# --- the tools

check_tools() {
  need docker "$DOCKER_AT_LEAST" "https://docs.docker.com/engine/install" docker version --format '{{.Client.Version}}'
  docker info >/dev/null 2>&1 || fail "docker is installed, but its daemon does not answer \`docker info\`: start it, or join the group docker"
  need kind "$KIND_AT_LEAST" "https://kind.sigs.k8s.io/docs/user/quick-start" kind --version
  need helm "$HELM_AT_LEAST" "https://helm.sh/docs/intro/install" helm version --short
  need kubectl "$KUBECTL_AT_LEAST" "https://kubernetes.io/docs/tasks/tools" kubectl version --client
  [ -x "$python" ] || fail "$python is missing, and it runs the canaries: run \`make test\` once, which sets it up"
}

need() { # TOOL OLDEST WHERE COMMAND...: the tool is there, and not older
  local tool=$1 oldest=$2 where=$3 found
  shift 3
  command -v "$tool" >/dev/null || fail "$tool is not on PATH: install $tool $oldest or later, see $where"
  found=$("$@" 2>/dev/null | sed -n '1s/[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\.[0-9][0-9]*\).*/\1/p') || true
  [ -n "$found" ] || fail "\`$*\` tells no version: $tool $oldest or later is needed, see $where"
  [ "$(printf '%s\n' "$oldest" "$found" | sort -V | head -n 1)" = "$oldest" ] ||
    fail "$tool $found is too old: install $tool $oldest or later, see $where"
}

# --- steps

up() {
  mkdir -p "$state"
  has_cluster || make_cluster
  step gateway-api "$GATEWAY_API $GATEWAY_API_CHANNEL" install_gateway_api
  step gateway "$(digest "$here/$gateway" "$here/gateways/$gateway.yaml" "$here/versions.env")" start_gateway
  local images
  images=$(cd "$root" && "$python" -m e2e.kind.images "$state") || fail "the images were not built"
  step images "$images" load_images
  step rollouts "$ARGO_ROLLOUTS $images $(kubectl kustomize "$here/argo-rollouts" | digest)" install_rollouts
  step keda "$KEDA" install_keda
  say "up; export KUBECONFIG=$KUBECONFIG"
}

step() { # NAME INPUTS COMMAND: once for these inputs
  local name=$1 inputs=$2 command=$3
  if [ "$(kubectl get namespace default --output "jsonpath={.metadata.annotations.$name\.rollouts-router}")" = "$inputs" ]; then
    say "$name is done"
    return
  fi
  say "$name ..."
  "$command"
  kubectl annotate --overwrite namespace default "$name.rollouts-router=$inputs" >/dev/null
}

digest() { cat "$@" | sha256sum | cut -d ' ' -f 1; }

has_cluster() {
  # Not grep -q, which would leave: kind would fail at its next line, and so the cluster would not be found.
  kind get clusters 2>/dev/null | grep -xF "$cluster" >/dev/null &&
    kind get kubeconfig --name "$cluster" >"$KUBECONFIG" 2>/dev/null &&
    kubectl get --raw /readyz >/dev/null 2>&1
}

make_cluster() {
  say "cluster $cluster ..."
  kind delete cluster --name "$cluster" # what an interrupted start has left
  kind create cluster --name "$cluster" --image "$NODE_IMAGE" --config "$here/cluster.yaml" --wait "$patience"
}

install_gateway_api() {
  apply "https://github.com/kubernetes-sigs/gateway-api/releases/download/$GATEWAY_API/$GATEWAY_API_CHANNEL-install.yaml"
  kubectl wait --for=condition=Established crd/gatewayclasses.gateway.networking.k8s.io \
    crd/gateways.gateway.networking.k8s.io crd/httproutes.gateway.networking.k8s.io --timeout="$patience"
}

start_gateway() {
  install_gateway
  kubectl wait --for=create "gatewayclass/$(class)" --timeout="$patience" # two of the three make it themselves
  kubectl wait --for=condition=Accepted "gatewayclass/$(class)" --timeout="$patience"
  kubectl --namespace gateways wait --for=condition=Accepted gateway/gateway --timeout="$patience"
  local nth
  for nth in $(seq "$tries"); do
    if has_proxy; then return; fi
    say "no proxy is ready yet ($nth of $tries)"
    sleep 5
  done
  fail "no proxy of the Gateway gateways/gateway became ready; \`e2e/kind/$gateway tell\` shows its pods"
}

class() { kubectl --namespace gateways get gateway gateway --output 'jsonpath={.spec.gatewayClassName}'; }

has_proxy() { # behind the node's ports
  kubectl get endpointslices --all-namespaces --selector kubernetes.io/service-name=gateway-on-the-node \
    --output 'jsonpath={.items[*].endpoints[*].conditions.ready}' | grep -w true >/dev/null
}

load_images() {
  kind load image-archive --name "$cluster" "$state/rollouts-router.tar" "$state/shop.tar"
}

install_rollouts() {
  kubectl create namespace argo-rollouts --dry-run=client --output yaml | apply -
  apply "$ARGO_ROLLOUTS_MANIFEST" --namespace argo-rollouts
  # Under a name of its own: what the same manager applied before and does not name now would be taken away.
  kubectl kustomize "$here/argo-rollouts" | apply - --field-manager rollouts-router
  kubectl --namespace argo-rollouts rollout restart deployment/argo-rollouts # it reads its configuration at its start
  kubectl --namespace argo-rollouts rollout status deployment/argo-rollouts --timeout="$patience"
}

install_keda() {
  chart keda keda "$KEDA" keda --repo https://kedacore.github.io/charts
}

# What CRDs hold is too much for the annotation of a client-side apply.
apply() { # FILE [OPTION...]
  local file=$1
  shift
  kubectl apply --server-side --force-conflicts --filename "$file" "$@"
}

chart() { # RELEASE CHART VERSION NAMESPACE [OPTION...]: also repairs a release whose installation was interrupted
  local release=$1 chart=$2 version=$3 namespace=$4
  shift 4
  helm upgrade --install "$release" "$chart" --version "$version" --namespace "$namespace" --create-namespace \
    --wait --timeout "$patience" "$@"
}

canaries() {
  say "canaries ..."
  (cd "$root" && ROLLOUTS_ROUTER_KIND=$gateway "$python" -m pytest e2e/kind/test_canaries.py -s)
}

tell() { # what to read after a failure; a part that cannot be had holds nothing up
  kubectl get pods --all-namespaces --output wide || true
  kubectl get gatewayclasses,gateways,httproutes,grpcroutes,rollouts --all-namespaces || true
  kubectl get events --all-namespaces --field-selector type=Warning || true
  kubectl --namespace argo-rollouts logs deployment/argo-rollouts --tail 300 || true
}

down() {
  kind delete cluster --name "$cluster"
  rm -rf "$state"
  say "gone"
}
