package main

// Requests from a stream until one says kill or the stream ends, whoever answers them.

import (
	"bufio"
	"encoding/json"
	"io"

	routerv1 "rollouts-router/e2e/doors/go/rollouts_router/v1"
)

// longestRequest is room for many Rollouts of the largest size that a Kubernetes object can have.
const longestRequest = 64 << 20

// A peer is the other side of one or more connections.
type peer interface {
	clients() []routerv1.TrafficRouterClient
	ping() error
	memory() (memoryReply, error)
	logs() []entry
}

type logsReply struct {
	ID   json.RawMessage `json:"id,omitempty"`
	Logs []entry         `json:"logs"`
}

type refusal struct {
	Refused string `json:"refused"`
}

// serve leaves background calls behind when it ends: that is what they are for.
func serve(p peer, in io.Reader, out *printer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestRequest)
	for lines.Scan() {
		q := &request{}
		if err := json.Unmarshal(lines.Bytes(), q); err != nil {
			out.print(refusal{"not a request: " + err.Error()})
			continue
		}
		switch {
		case q.Kill:
			return nil
		case q.Background:
			go func() { out.print(answer(p, q)) }()
		default:
			out.print(answer(p, q))
		}
	}
	return lines.Err()
}

func answer(p peer, q *request) any {
	switch {
	case q.Parallel != nil:
		return performAll(p.clients(), q)
	case q.Ping:
		result := reply{ID: q.ID, Method: "Ping"}
		result.describe(p.ping())
		return result
	case q.RSS:
		memory, err := p.memory()
		if err != nil {
			memory.Error = err.Error()
		}
		return memory
	case q.Logs:
		return logsReply{q.ID, p.logs()}
	}
	return perform(p.clients()[0], q)
}
