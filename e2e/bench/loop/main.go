// Command loop is the floor of the benchmark: it sends prepared requests, so many at once, and does nothing else.
//
// The first line of standard input says where the server is, each further line is a job. Each job is answered by
// one line: the time from the first request to the last byte of the last answer. Only the standard library is used.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// longestLine is room for a thousand patches, many times over.
const longestLine = 64 << 20

// A write is one JSON Patch, ready to be sent.
type write struct {
	Target string `json:"target"`
	Body   string `json:"body"`
}

// A job is all reads, then all writes. A read that is a page of a list is followed to the end of the list.
type job struct {
	InFlight int      `json:"in_flight"`
	Reads    []string `json:"reads"`
	Writes   []write  `json:"writes"`
}

type result struct {
	Took  float64 `json:"us"`
	Error string  `json:"error"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "loop:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	if !lines.Scan() {
		return lines.Err()
	}
	s := &server{}
	if err := json.Unmarshal(lines.Bytes(), s); err != nil {
		return fmt.Errorf("the first line does not describe a server: %w", err)
	}
	if err := s.open(); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	for lines.Scan() {
		j := job{}
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			return fmt.Errorf("not a job: %w", err)
		}
		if err := answers.Encode(j.perform(s)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (j job) perform(s *server) result {
	started := time.Now()
	err := together(j.InFlight, j.Reads, s.readAll)
	if err == nil {
		err = together(j.InFlight, j.Writes, s.patch)
	}
	done := result{Took: float64(time.Since(started)) / float64(time.Microsecond)}
	if err != nil {
		done.Error = err.Error()
	}
	return done
}

// together does the work for each item, at most so many at once, and returns the first failure.
func together[T any](atOnce int, items []T, work func(T) error) error {
	queue := make(chan T, len(items))
	for _, item := range items {
		queue <- item
	}
	close(queue)
	var workers sync.WaitGroup
	failures := make(chan error, len(items))
	for range min(atOnce, len(items)) {
		workers.Go(func() {
			for item := range queue {
				if err := work(item); err != nil {
					failures <- err
				}
			}
		})
	}
	workers.Wait()
	close(failures)
	return <-failures
}
