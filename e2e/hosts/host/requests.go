package main

// What comes in and goes out of call mode, as JSON. No behaviour here beyond reading a Rollout.

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
)

// A request is one line of standard input. Exactly one of Method, Parallel, Ping, RSS, Logs and Kill is set.
// With Background the next request does not wait for its answer, which is printed whenever it comes.
type request struct {
	ID         json.RawMessage              `json:"id,omitempty"`
	Method     string                       `json:"method,omitempty"`
	Rollout    *v1alpha1.Rollout            `json:"rollout,omitempty"`
	Weight     int32                        `json:"weight,omitempty"`
	Additional []v1alpha1.WeightDestination `json:"additional,omitempty"`
	CanaryHash string                       `json:"canary_hash,omitempty"`
	StableHash string                       `json:"stable_hash,omitempty"`
	Header     *v1alpha1.SetHeaderRoute     `json:"header,omitempty"`
	Mirror     *v1alpha1.SetMirrorRoute     `json:"mirror,omitempty"`
	Parallel   []request                    `json:"parallel,omitempty"`
	Ping       bool                         `json:"ping,omitempty"`
	RSS        bool                         `json:"rss,omitempty"`
	Logs       bool                         `json:"logs,omitempty"`
	Kill       bool                         `json:"kill,omitempty"`
	Background bool                         `json:"background,omitempty"`
}

// A reply answers one request. An empty Error means success; Verified is set by VerifyWeight, Type by Type.
type reply struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Method   string          `json:"method,omitempty"`
	Error    string          `json:"error"`
	Verified string          `json:"verified,omitempty"`
	Type     string          `json:"type,omitempty"`
	Took     micros          `json:"us"`
}

type parallelReply struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Parallel []reply         `json:"parallel"`
	Took     micros          `json:"us"`
}

type memoryReply struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Resident int64           `json:"rss_bytes"`
	Peak     int64           `json:"peak_rss_bytes"`
	Error    string          `json:"error"`
}

type logsReply struct {
	ID   json.RawMessage `json:"id,omitempty"`
	Logs []entry         `json:"logs"`
}

type launchReply struct {
	launchTimes
	Ready     micros `json:"ready_us"`
	InitError string `json:"init_error"`
}

type refusal struct {
	Refused string `json:"refused"`
}

func readRollout(file string) (*v1alpha1.Rollout, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	rollout := &v1alpha1.Rollout{}
	if err := json.Unmarshal(text, rollout); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return rollout, nil
}
