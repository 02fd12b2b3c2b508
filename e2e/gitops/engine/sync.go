package main

// A sync of one object, by the engine that Argo CD's application controller hands it to.

import (
	"errors"
	"time"

	"github.com/argoproj/argo-cd/v3/common"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/gitops-engine/pkg/sync"
	jsonpatch "github.com/evanphx/json-patch"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	rounds = 300
	pause  = 50 * time.Millisecond
)

var errUnfinished = errors.New("the sync came to no end")

func (c *cluster) sync(asked request) (answer, error) {
	config, done, err := c.rules(&asked.Application)
	if err != nil {
		return answer{}, err
	}
	defer done()
	target := asked.Git
	if asked.Live != nil && hasOption(&asked.Application, "RespectIgnoreDifferences=true") {
		if target, err = withIgnored(asked.Live, asked.Git, config); err != nil {
			return answer{}, err
		}
	}
	options, err := syncOptions(asked, config)
	if err != nil {
		return answer{}, err
	}
	plan := sync.ReconciliationResult{Live: list(asked.Live), Target: list(target)}
	running, clean, err := sync.NewSyncContext(
		"revision", plan, c.config, c.config, c.kubectl, asked.Git.GetNamespace(), c.schema, options...)
	if err != nil {
		return answer{}, err
	}
	defer clean()
	return finish(running)
}

func syncOptions(asked request, config argodiff.DiffConfig) ([]sync.SyncOpt, error) {
	app := &asked.Application
	compared, err := argodiff.StateDiffs(list(asked.Live), list(asked.Git), config)
	if err != nil {
		return nil, err
	}
	return []sync.SyncOpt{
		sync.WithLogr(logr.Discard()),
		sync.WithResourceModificationChecker(hasOption(app, "ApplyOutOfSyncOnly=true"), compared),
		sync.WithServerSideApply(hasOption(app, applyOnServer)),
		sync.WithServerSideApplyManager(common.ArgoCDSSAManager),
	}, nil
}

func finish(running sync.SyncContext) (answer, error) {
	for range rounds {
		running.Sync()
		phase, message, results := running.GetState()
		if phase.Completed() {
			for _, each := range results {
				message += "; " + each.Message
			}
			return answer{Phase: string(phase), Message: message}, nil
		}
		time.Sleep(pause)
	}
	return answer{}, errUnfinished
}

// withIgnored is Git's object with the live values of what is ignored. Argo CD keeps this function to itself
// (normalizeTargetResources in its package controller); this one makes the same JSON merge patch (RFC 7386) for a custom
// resource: from the live object without what is ignored to the live object as it is.
func withIgnored(live, git *unstructured.Unstructured, config argodiff.DiffConfig) (*unstructured.Unstructured, error) {
	stripped, err := argodiff.Normalize(list(live), list(git), config)
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, 0, 3)
	for _, each := range []*unstructured.Unstructured{stripped.Lives[0], live, stripped.Targets[0]} {
		text, err := each.MarshalJSON()
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	ignored, err := jsonpatch.CreateMergePatch(texts[0], texts[1])
	if err != nil {
		return nil, err
	}
	merged, err := jsonpatch.MergePatch(texts[2], ignored)
	if err != nil {
		return nil, err
	}
	target := &unstructured.Unstructured{}
	return target, target.UnmarshalJSON(merged)
}
