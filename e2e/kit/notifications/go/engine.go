package main

import (
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	fakeclientset "github.com/argoproj/argo-rollouts/pkg/client/clientset/versioned/fake"
	informers "github.com/argoproj/argo-rollouts/pkg/client/informers/externalversions"
	"github.com/argoproj/argo-rollouts/utils/record"
	"github.com/argoproj/notifications-engine/pkg/api"
	"github.com/argoproj/notifications-engine/pkg/services"
	"github.com/argoproj/notifications-engine/pkg/templates"
	"github.com/argoproj/notifications-engine/pkg/triggers"
	"github.com/slack-go/slack"
	corev1 "k8s.io/api/core/v1"
)

// notification renders what the trigger sends, with the variables that the controller makes.
func notification(asked request) (*services.Notification, error) {
	settings := &corev1.ConfigMap{Data: asked.Data}
	secret := &corev1.Secret{}
	config, err := api.ParseConfig(settings, secret)
	if err != nil {
		return nil, fmt.Errorf("the ConfigMap: %w", err)
	}
	vars, err := variables(asked, config, settings, secret)
	if err != nil {
		return nil, err
	}
	names, err := triggered(asked.Trigger, config, vars)
	if err != nil {
		return nil, err
	}
	service, err := templates.NewService(config.Templates)
	if err != nil {
		return nil, fmt.Errorf("the templates: %w", err)
	}
	// As the engine's Send adds them before it renders.
	vars["serviceType"], vars["recipient"] = asked.Service, "somebody"
	return service.FormatNotification(vars, names...)
}

// variables asks the controller's own code, which picks and sorts the runs.
func variables(asked request, config *api.Config, settings *corev1.ConfigMap, secret *corev1.Secret) (map[string]any, error) {
	runs := informers.NewSharedInformerFactory(fakeclientset.NewSimpleClientset(), 0).Argoproj().V1alpha1().AnalysisRuns()
	for _, run := range asked.Runs {
		if err := runs.Informer().GetIndexer().Add(run); err != nil {
			return nil, fmt.Errorf("a run: %w", err)
		}
	}
	get, err := record.NewAPIFactorySettings(runs).InitGetVars(config, settings, secret)
	if err != nil {
		return nil, fmt.Errorf("the variables: %w", err)
	}
	rollout, err := asMap(asked.Rollout)
	if err != nil {
		return nil, err
	}
	return get(rollout, services.Destination{Service: asked.Service}), nil
}

// asMap is what the controller does to an object before templates see it.
func asMap(rollout *v1alpha1.Rollout) (map[string]any, error) {
	text, err := json.Marshal(rollout)
	if err != nil {
		return nil, fmt.Errorf("the Rollout: %w", err)
	}
	made := map[string]any{}
	return made, json.Unmarshal(text, &made)
}

// triggered has the templates of those conditions that hold, an empty one included, as the controller has it.
func triggered(name string, config *api.Config, vars map[string]any) ([]string, error) {
	service, err := triggers.NewService(config.Triggers)
	if err != nil {
		return nil, fmt.Errorf("the triggers: %w", err)
	}
	results, err := service.Run(name, vars)
	if err != nil {
		return nil, fmt.Errorf("the trigger: %w", err)
	}
	names := []string{}
	for index, result := range results {
		if result.Triggered || config.Triggers[name][index].When == "" {
			names = append(names, result.Templates...)
		}
	}
	return names, nil
}

// slackTakes parses the attachments as the engine does before it sends them, and counts them.
func slackTakes(told *services.Notification) (int, error) {
	if told.Slack == nil || told.Slack.Attachments == "" {
		return 0, nil
	}
	attachments := []slack.Attachment{}
	if err := json.Unmarshal([]byte(told.Slack.Attachments), &attachments); err != nil {
		return 0, fmt.Errorf("Slack's attachments: %w", err)
	}
	return len(attachments), nil
}
