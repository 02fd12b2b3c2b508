// The notification engine of the stock controller, alone: objects and a ConfigMap in, what it would send out.
//
// One JSON request a line on standard input, one JSON answer a line on standard output. Variables, trigger and
// templates go the controller's own ways; only the network is left out.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/notifications-engine/pkg/services"
)

// request is one event: what the controller knows then, and whom it would tell.
type request struct {
	Data    map[string]string       `json:"data"`
	Trigger string                  `json:"trigger"`
	Service string                  `json:"service"`
	Rollout *v1alpha1.Rollout       `json:"rollout"`
	Runs    []*v1alpha1.AnalysisRun `json:"runs"`
}

// answer has the notification, or why there is none.
type answer struct {
	Notification *services.Notification `json:"notification,omitempty"`
	Attachments  int                    `json:"attachments"`
	Error        string                 `json:"error,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	requests.DisallowUnknownFields() // so that a misspelled field of a sample is an error here
	answers.SetEscapeHTML(false)     // the files are read by people
	for {
		asked := request{}
		if err := requests.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := answers.Encode(reply(asked)); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

func reply(asked request) answer {
	told, err := notification(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	attachments, err := slackTakes(told)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Notification: told, Attachments: attachments}
}
