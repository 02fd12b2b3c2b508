module rollouts-router/e2e/bed/gateway-api

go 1.26.1

// Only the CRD files of this module are wanted. Its smallest program keeps the requirement through `go mod tidy`.
tool sigs.k8s.io/gateway-api/hack/supportedfeatures

require (
	k8s.io/apimachinery v0.36.1 // indirect
	sigs.k8s.io/gateway-api v1.6.1 // indirect
)
