package main

// Whether Argo CD calls an object out of sync.

import (
	"fmt"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/sync/resource"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	compareOptions = "argocd.argoproj.io/compare-options"
	onServer       = "ServerSideDiff=true"
	applyOnServer  = "ServerSideApply=true"
)

func (c *cluster) compare(asked request) (answer, error) {
	config, done, err := c.rules(&asked.Application)
	if err != nil {
		return answer{}, err
	}
	defer done()
	result, err := argodiff.StateDiff(asked.Live, asked.Git, config)
	if err != nil {
		return answer{}, err
	}
	return answer{OutOfSync: result.Modified}, nil
}

// rules are those that the application controller compares by, chosen by the same options of the Application.
func (c *cluster) rules(app *v1alpha1.Application) (argodiff.DiffConfig, func(), error) {
	done := func() {}
	overrides, err := c.overrides()
	if err != nil {
		return nil, done, err
	}
	builder := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(app.Spec.IgnoreDifferences, overrides, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking("", string(v1alpha1.TrackingMethodAnnotation)).
		WithNoCache().
		WithGVKParser(c.parser).
		WithManager(common.ArgoCDSSAManager)
	if hasOption(app, applyOnServer) {
		builder.WithStructuredMergeDiff(true)
	}
	if resource.HasAnnotationOption(app, compareOptions, onServer) {
		applier, clean, err := kube.ManageServerSideDiffDryRuns(
			c.config, c.schema, tracing.NopTracer{}, logr.Discard(), nil)
		if err != nil {
			return nil, done, fmt.Errorf("preparing server-side diff: %w", err)
		}
		done = clean
		builder.WithServerSideDiff(true).WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))
	}
	config, err := builder.Build()
	return config, done, err
}

func hasOption(app *v1alpha1.Application, option string) bool {
	return app.Spec.SyncPolicy != nil && app.Spec.SyncPolicy.SyncOptions.HasOption(option)
}

func list(one *unstructured.Unstructured) []*unstructured.Unstructured {
	return []*unstructured.Unstructured{one}
}
