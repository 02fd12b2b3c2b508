package main

// Call mode: one launch, then requests from a stream until one says kill or the stream ends.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// longestRequest is room for a Rollout of the largest size that a Kubernetes object can have, many times over.
const longestRequest = 64 << 20

// runCalls launches the command and answers requests until one says kill or the input ends.
func runCalls(command []string, in io.Reader, out *printer) error {
	started := time.Now()
	p, times, err := launch(command)
	if err != nil {
		return err
	}
	defer func() { out.print(p.kill()) }()
	first := router{p.router, p.session.Ping}
	initial := perform(first, &request{Method: "InitPlugin"})
	pinged := perform(first, &request{Method: "Ping"})
	if pinged.Error != "" {
		return fmt.Errorf("ping after launch: %s", pinged.Error)
	}
	out.print(launchReply{launchTimes: times, Ready: since(started), InitError: initial.Error})
	return serve(p, first, in, out)
}

// serve leaves background calls behind when it ends: that is what they are for.
func serve(p *peer, first router, in io.Reader, out *printer) error {
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
			go func() { out.print(answer(p, first, q)) }()
		default:
			out.print(answer(p, first, q))
		}
	}
	return lines.Err()
}

func answer(p *peer, first router, q *request) any {
	switch {
	case q.Parallel != nil:
		return performAll(first, q)
	case q.RSS:
		resident, peak, err := p.memory()
		return memoryReply{q.ID, resident, peak, describe(err)}
	case q.Logs:
		return logsReply{q.ID, p.journal.take()}
	}
	return perform(first, q)
}
