package main

// The calls: from a request to the service and back into a reply, through the generated client. Messages come and go in
// protobuf's own JSON. A call's time is that of the call alone.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // so that details of errors can be told as JSON
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	routerv1 "rollouts-router/e2e/doors/go/rollouts_router/v1"
)

// callLimit is the deadline of a call whose request names none.
const callLimit = 90 * time.Second

// A request is one line of standard input. Exactly one of Method, Parallel, Ping, RSS, Logs and Kill is set.
// Messages is how many messages of a stream are waited for; the stream is cancelled then.
type request struct {
	ID         json.RawMessage `json:"id,omitempty"`
	Method     string          `json:"method,omitempty"`
	Request    json.RawMessage `json:"request,omitempty"`
	Deadline   float64         `json:"deadline,omitempty"`
	Messages   int             `json:"messages,omitempty"`
	Parallel   []request       `json:"parallel,omitempty"`
	Background bool            `json:"background,omitempty"`
	Ping       bool            `json:"ping,omitempty"`
	RSS        bool            `json:"rss,omitempty"`
	Logs       bool            `json:"logs,omitempty"`
	Kill       bool            `json:"kill,omitempty"`
}

// A reply answers one request. Code is the name of a gRPC status, OK for one.
type reply struct {
	ID       json.RawMessage   `json:"id,omitempty"`
	Method   string            `json:"method,omitempty"`
	Code     string            `json:"code"`
	Error    string            `json:"error"`
	Details  []json.RawMessage `json:"details,omitempty"`
	Messages []json.RawMessage `json:"messages,omitempty"`
	Took     micros            `json:"us"`
}

type parallelReply struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Parallel []reply         `json:"parallel"`
	Took     micros          `json:"us"`
}

// A call takes a request's message as JSON and hands on each message of the answer.
type call func(ctx context.Context, client routerv1.TrafficRouterClient, message []byte, got func(proto.Message)) error

var methods = map[string]call{
	"GetInfo":             unary(routerv1.TrafficRouterClient.GetInfo),
	"SetWeight":           unary(routerv1.TrafficRouterClient.SetWeight),
	"SetHeaderRoute":      unary(routerv1.TrafficRouterClient.SetHeaderRoute),
	"SetMirrorRoute":      unary(routerv1.TrafficRouterClient.SetMirrorRoute),
	"VerifyWeight":        unary(routerv1.TrafficRouterClient.VerifyWeight),
	"RemoveManagedRoutes": unary(routerv1.TrafficRouterClient.RemoveManagedRoutes),
	"UpdateHash":          unary(routerv1.TrafficRouterClient.UpdateHash),
	"Discover":            unary(routerv1.TrafficRouterClient.Discover),
	"Plan":                unary(routerv1.TrafficRouterClient.Plan),
	"Watch":               watch,
}

// A message is a pointer to one of the generated structs.
type message[T any] interface {
	*T
	proto.Message
}

func unary[Q any, M message[Q], A proto.Message](
	method func(routerv1.TrafficRouterClient, context.Context, M, ...grpc.CallOption) (A, error),
) call {
	return func(ctx context.Context, client routerv1.TrafficRouterClient, text []byte, got func(proto.Message)) error {
		question := M(new(Q))
		if err := read(text, question); err != nil {
			return err
		}
		answer, err := method(client, ctx, question)
		if err == nil {
			got(answer)
		}
		return err
	}
}

// watch goes on until it is cancelled, by whoever has got enough, or until the stream ends.
func watch(ctx context.Context, client routerv1.TrafficRouterClient, text []byte, got func(proto.Message)) error {
	question := &routerv1.WatchRequest{}
	if err := read(text, question); err != nil {
		return err
	}
	stream, err := client.Watch(ctx, question)
	for err == nil && ctx.Err() == nil {
		var answer *routerv1.WatchResponse
		if answer, err = stream.Recv(); err == nil {
			got(answer)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func read(text []byte, into proto.Message) error {
	if text == nil {
		return nil
	}
	if err := protojson.Unmarshal(text, into); err != nil {
		return fmt.Errorf("not a %s: %w", into.ProtoReflect().Descriptor().Name(), err)
	}
	return nil
}

// perform makes one call and times it.
func perform(client routerv1.TrafficRouterClient, q *request) reply {
	call, known := methods[q.Method]
	if !known {
		return reply{ID: q.ID, Method: q.Method, Code: "none", Error: "the door knows no such method"}
	}
	limit := callLimit
	if q.Deadline > 0 {
		limit = time.Duration(q.Deadline * float64(time.Second))
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	result := reply{ID: q.ID, Method: q.Method}
	started := time.Now()
	err := call(ctx, client, q.Request, func(m proto.Message) {
		result.Messages = append(result.Messages, text(m))
		if q.Messages > 0 && len(result.Messages) == q.Messages {
			cancel()
		}
	})
	result.Took = since(started)
	if q.Messages > 0 && len(result.Messages) == q.Messages {
		err = nil // it was we who cancelled
	}
	result.describe(err)
	return result
}

// performAll makes all calls at the same moment, over all connections. Its own time runs to the last answer.
func performAll(clients []routerv1.TrafficRouterClient, q *request) parallelReply {
	result := parallelReply{ID: q.ID, Parallel: make([]reply, len(q.Parallel))}
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range q.Parallel {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			result.Parallel[i] = perform(clients[i%len(clients)], &q.Parallel[i])
		})
	}
	ready.Wait()
	started := time.Now()
	close(start)
	done.Wait()
	result.Took = since(started)
	return result
}

func (r *reply) describe(err error) {
	state := status.Convert(err)
	r.Code, r.Error = state.Code().String(), state.Message()
	for _, detail := range state.Proto().GetDetails() {
		r.Details = append(r.Details, text(detail))
	}
}

// text writes a message as JSON; a detail of a type that is not known here is told by its type.
func text(m proto.Message) json.RawMessage {
	written, err := protojson.Marshal(m)
	if err == nil {
		return written
	}
	unknown, _ := m.(*anypb.Any)
	written, _ = json.Marshal(map[string]string{"@type": unknown.GetTypeUrl(), "unreadable": err.Error()})
	return written
}
