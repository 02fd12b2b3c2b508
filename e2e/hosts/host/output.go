package main

// What the host itself writes, and what it keeps of what the plugin wrote.

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// mostEntries bounds the journal of a plugin that never stops talking; the newest lines are kept.
const mostEntries = 10_000

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

// Write keeps one line; a line that is not JSON would be a fault of this host, and is kept as its message.
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
