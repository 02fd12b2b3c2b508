package main

// The calls: from a request to the plugin and back into a reply. A call's time is that of the call alone.

import (
	"fmt"
	"sync"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
)

// callLimit bounds a wait that the controller itself does not bound.
const callLimit = 90 * time.Second

// A router is a dispensed plugin with the ping of its session, which is all that a call needs.
type router struct {
	rpc.TrafficRouterPlugin
	ping func() error
}

// methods are the calls by name. Each gets a request with a Rollout, a header route and a mirror route that are not nil.
var methods = map[string]func(router, *request, *reply) error{
	"Ping":       func(r router, _ *request, _ *reply) error { return r.ping() },
	"InitPlugin": func(r router, _ *request, _ *reply) error { return failure(r.InitPlugin()) },
	"Type": func(r router, _ *request, answer *reply) error {
		answer.Type = r.Type()
		return nil
	},
	"UpdateHash": func(r router, q *request, _ *reply) error {
		return failure(r.UpdateHash(q.Rollout, q.CanaryHash, q.StableHash, q.Additional))
	},
	"SetWeight": func(r router, q *request, _ *reply) error {
		return failure(r.SetWeight(q.Rollout, q.Weight, q.Additional))
	},
	"VerifyWeight": func(r router, q *request, answer *reply) error {
		verified, err := r.VerifyWeight(q.Rollout, q.Weight, q.Additional)
		answer.Verified = verifiedName(verified)
		return failure(err)
	},
	"SetHeaderRoute": func(r router, q *request, _ *reply) error {
		return failure(r.SetHeaderRoute(q.Rollout, q.Header))
	},
	"SetMirrorRoute": func(r router, q *request, _ *reply) error {
		return failure(r.SetMirrorRoute(q.Rollout, q.Mirror))
	},
	"RemoveManagedRoutes": func(r router, q *request, _ *reply) error {
		return failure(r.RemoveManagedRoutes(q.Rollout))
	},
}

// performAll sends all requests at the same moment. Its own time runs from that moment to the last answer.
func performAll(first router, q *request) parallelReply {
	result := parallelReply{ID: q.ID, Parallel: make([]reply, len(q.Parallel))}
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range q.Parallel {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			result.Parallel[i] = perform(first, &q.Parallel[i])
		}()
	}
	ready.Wait()
	started := time.Now()
	close(start)
	done.Wait()
	result.Took = since(started)
	return result
}

// perform makes one call and times it.
func perform(r router, q *request) reply {
	complete(q)
	call, known := methods[q.Method]
	if !known {
		return reply{ID: q.ID, Method: q.Method, Error: "the host knows no such method"}
	}
	result := &reply{ID: q.ID, Method: q.Method}
	overdue := within(callLimit, func() {
		started := time.Now()
		err := call(r, q, result)
		result.Took, result.Error = since(started), describe(err)
	})
	if overdue != nil {
		// The call goes on and may write its result at any time, so that one is left alone.
		return reply{ID: q.ID, Method: q.Method, Error: overdue.Error(), Took: micros(callLimit)}
	}
	return *result
}

// complete spares the calls from nil, which the controller never passes.
func complete(q *request) {
	if q.Ping {
		q.Method = "Ping"
	}
	if q.Rollout == nil {
		q.Rollout = &v1alpha1.Rollout{}
	}
	if q.Header == nil {
		q.Header = &v1alpha1.SetHeaderRoute{}
	}
	if q.Mirror == nil {
		q.Mirror = &v1alpha1.SetMirrorRoute{}
	}
}

func failure(err types.RpcError) error {
	if !err.HasError() {
		return nil
	}
	return err
}

func verifiedName(verified types.RpcVerified) string {
	switch verified {
	case types.NotVerified:
		return "NotVerified"
	case types.Verified:
		return "Verified"
	case types.NotImplemented:
		return "NotImplemented"
	}
	return fmt.Sprintf("unknown value %d", verified)
}

func describe(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
