package main

// Durations and bounds.

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// micros is a duration that JSON shows in microseconds, with three decimals.
type micros time.Duration

// MarshalJSON writes microseconds as a number.
func (m micros) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(m) / float64(time.Microsecond))
}

func since(started time.Time) micros {
	return micros(time.Since(started))
}

var errOverdue = errors.New("no answer in time")

// within runs the work and waits for it, but no longer than the limit; overdue work goes on by itself.
func within(limit time.Duration, work func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return fmt.Errorf("%w: %s", errOverdue, limit)
	}
}
