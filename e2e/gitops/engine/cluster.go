package main

// What Argo CD reads in a cluster before it compares: schemas, once, and its own settings, each time.

import (
	"context"
	"fmt"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubectl/pkg/util/openapi"
)

type cluster struct {
	config    *rest.Config
	client    kubernetes.Interface
	namespace string
	kubectl   *kube.KubectlCmd
	schema    openapi.Resources
	parser    *managedfields.GvkParser
}

func connect(kubeconfig, namespace string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	schema, parser, err := kubectl.LoadOpenAPISchema(config)
	if err != nil {
		return nil, fmt.Errorf("reading the schemas: %w", err)
	}
	return &cluster{config, client, namespace, kubectl, schema, parser}, nil
}

// overrides are those of the ConfigMap argocd-cm, and those that Argo CD has of its own.
func (c *cluster) overrides() (map[string]v1alpha1.ResourceOverride, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	found, err := settings.NewSettingsManager(ctx, c.client, c.namespace).GetResourceOverrides()
	if err != nil {
		return nil, fmt.Errorf("reading argocd-cm in %s: %w", c.namespace, err)
	}
	return found, nil
}
