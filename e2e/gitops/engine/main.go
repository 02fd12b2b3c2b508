// Command engine lets Argo CD's own code compare and sync one object, as its application controller does.
//
// It is started with a kubeconfig file and Argo CD's namespace. Requests come as JSON on standard input, one after the
// other; each is answered by one line of JSON. What the Application's fields mean is left to Argo CD: this file holds
// the questions and answers, cluster.go what is read from the cluster, compare.go and sync.go the calls.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A request names what to do: "compare" or "sync". Live is absent as long as the object does not exist.
type request struct {
	Do          string                     `json:"do"`
	Application v1alpha1.Application       `json:"application"`
	Git         *unstructured.Unstructured `json:"git"`
	Live        *unstructured.Unstructured `json:"live"`
}

// An answer to "compare" says whether the object is out of sync. One to "sync" has the operation's phase and message. An
// error is a sentence.
type answer struct {
	Error     string `json:"error,omitempty"`
	OutOfSync bool   `json:"out_of_sync"`
	Phase     string `json:"phase,omitempty"`
	Message   string `json:"message,omitempty"`
}

var (
	errUsage   = errors.New("usage: engine KUBECONFIG NAMESPACE")
	errUnknown = errors.New(`expected "compare" or "sync"`)
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 2 {
		return errUsage
	}
	here, err := connect(arguments[0], arguments[1])
	if err != nil {
		return err
	}
	questions := json.NewDecoder(os.Stdin)
	questions.DisallowUnknownFields() // so that a misspelled field of an Application is an error here
	answers := json.NewEncoder(os.Stdout)
	for {
		asked := request{}
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := answers.Encode(here.answer(asked)); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

func (c *cluster) answer(asked request) answer {
	reply, err := c.do(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return reply
}

func (c *cluster) do(asked request) (answer, error) {
	switch asked.Do {
	case "compare":
		return c.compare(asked)
	case "sync":
		return c.sync(asked)
	}
	return answer{}, errUnknown
}
