// The stock controller's judgement of one reading, alone: a metric, its arguments and a result in, a verdict out.
//
// One JSON request a line on standard input, one JSON answer a line on standard output. Arguments are filled in and
// conditions evaluated by the controller's own packages; what asks a provider is left out.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	analysisutil "github.com/argoproj/argo-rollouts/utils/analysis"
	"github.com/argoproj/argo-rollouts/utils/evaluate"
	"github.com/newrelic/newrelic-client-go/v2/pkg/nrdb"
	"github.com/sirupsen/logrus"
)

// request is one reading. Result is a list of numbers as Prometheus's provider hands on, or a row by name as New Relic's
// does; numbers that JSON does not have are the texts NaN, +Inf and -Inf. Now is put in place of now(), if it is given.
type request struct {
	Metric v1alpha1.Metric   `json:"metric"`
	Args   map[string]string `json:"args"`
	Result json.RawMessage   `json:"result"`
	Now    string            `json:"now"`
}

type answer struct {
	Phase string `json:"phase"`
	Error string `json:"error,omitempty"`
	Query string `json:"query,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	requests.DisallowUnknownFields()
	answers.SetEscapeHTML(false)
	for {
		asked := request{}
		if err := requests.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := answers.Encode(judged(asked)); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

func judged(asked request) answer {
	if err := analysisutil.ValidateMetric(asked.Metric); err != nil {
		return answer{Error: err.Error()}
	}
	metric, err := analysisutil.ResolveMetricArgs(asked.Metric, arguments(asked.Args))
	if err != nil {
		return answer{Error: err.Error()}
	}
	if asked.Now != "" {
		moment := fmt.Sprintf("date(%q)", asked.Now)
		metric.SuccessCondition = strings.ReplaceAll(metric.SuccessCondition, "now()", moment)
	}
	result, err := decoded(asked.Result)
	if err != nil {
		return answer{Error: err.Error()}
	}
	phase, err := evaluate.EvaluateResult(result, *metric, *logrus.NewEntry(logrus.New()))
	told := answer{Phase: string(phase), Query: query(metric)}
	if err != nil {
		told.Error = err.Error()
	}
	return told
}

func arguments(given map[string]string) []v1alpha1.Argument {
	all := []v1alpha1.Argument{}
	for name, value := range given {
		all = append(all, v1alpha1.Argument{Name: name, Value: &value})
	}
	return all
}

func query(metric *v1alpha1.Metric) string {
	if metric.Provider.Prometheus != nil {
		return metric.Provider.Prometheus.Query
	}
	if metric.Provider.NewRelic != nil {
		return metric.Provider.NewRelic.Query
	}
	return ""
}

// decoded is the result in the type that the provider has for it.
func decoded(raw json.RawMessage) (any, error) {
	var whole any
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, fmt.Errorf("reading a result: %w", err)
	}
	switch value := whole.(type) {
	case []any:
		numbers := []float64{}
		for _, each := range value {
			numbers = append(numbers, number(each))
		}
		return numbers, nil
	case map[string]any:
		return nrdb.NRDBResult(value), nil
	default:
		return value, nil
	}
}

func number(value any) float64 {
	switch value := value.(type) {
	case float64:
		return value
	case string:
		switch value {
		case "+Inf":
			return math.Inf(1)
		case "-Inf":
			return math.Inf(-1)
		}
	}
	return math.NaN()
}
