package main

// What the door itself writes, what it keeps of what a plugin wrote, durations, bounds and memory.

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// mostEntries bounds the journal of a plugin that never stops talking; the newest lines are kept.
const mostEntries = 10_000

// micros is a duration that JSON shows in microseconds, with three decimals.
type micros time.Duration

// MarshalJSON writes microseconds as a number.
func (m micros) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(m) / float64(time.Microsecond))
}

func since(started time.Time) micros {
	return micros(time.Since(started))
}

// within runs the work and waits for it, but no longer than the limit; overdue work goes on by itself.
func within(limit time.Duration, work func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%w: %s", errNoAnswerYet, limit)
	}
}

// A printer writes one JSON value a line, whole even when several values come at once.
type printer struct {
	lock    sync.Mutex
	encoder *json.Encoder
}

func newPrinter(out io.Writer) *printer {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &printer{encoder: encoder}
}

// print gives up silently when nobody reads any more: the next read or the exit will tell.
func (p *printer) print(value any) {
	p.lock.Lock()
	defer p.lock.Unlock()
	_ = p.encoder.Encode(value)
}

// An entry is one line of the log, with hclog's own keys: @level, @message, @module, @timestamp and the plugin's.
type entry map[string]any

// A journal takes hclog's JSON lines. hclog writes each line in one piece.
type journal struct {
	lock    sync.Mutex
	entries []entry
}

// Write keeps one line; a line that is not JSON would be a fault of this program, and is kept as its message.
func (j *journal) Write(line []byte) (int, error) {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		e = entry{"@message": string(line), "@level": "unparsed"}
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	j.entries = append(j.entries, e)
	if len(j.entries) > mostEntries {
		j.entries = j.entries[1:]
	}
	return len(line), nil
}

// take hands out all entries and forgets them.
func (j *journal) take() []entry {
	j.lock.Lock()
	defer j.lock.Unlock()
	taken := j.entries
	j.entries = nil
	return append([]entry{}, taken...)
}

// said is what the plugin itself wrote, one line each, without the lines of go-plugin.
func said(entries []entry) string {
	var lines []string
	for _, e := range entries {
		if module, _ := e["@module"].(string); strings.HasPrefix(module, "plugin.") {
			lines = append(lines, fmt.Sprint(e["@message"]))
		}
	}
	return strings.Join(lines, "\n")
}

type memoryReply struct {
	Resident int64  `json:"rss_bytes"`
	Peak     int64  `json:"peak_rss_bytes"`
	Error    string `json:"error"`
}

// memoryOf is a process' resident set in bytes, now and at its highest. It reads Linux's /proc.
func memoryOf(pid int) (memory memoryReply, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory, err
	}
	for line := range strings.Lines(string(status)) {
		var kibibytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kibibytes); err == nil {
			memory.Resident = kibibytes * 1024
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kibibytes); err == nil {
			memory.Peak = kibibytes * 1024
		}
	}
	return memory, nil
}
