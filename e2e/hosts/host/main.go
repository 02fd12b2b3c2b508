// Command host drives a traffic-router plugin the way the Argo Rollouts controller does, for tests and measurements.
//
// This file holds the command line alone: modes, flags, exit codes. The same sources are built against several
// releases of Argo Rollouts: go.mod is the newest line, the other *.mod files are overlays (go build -modfile).
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const usage = `usage: host conformance -rollout FILE [-idle 35s] COMMAND [ARGUMENT...]
       host call COMMAND [ARGUMENT...]

conformance calls every method of the plugin once and more, and prints one JSON line a step.
call reads one JSON request a line from standard input and prints one JSON line a reply.
`

var errUsage = errors.New("see the usage above")

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	out := newPrinter(os.Stdout)
	switch {
	case len(arguments) > 0 && arguments[0] == "conformance":
		return runConformance(arguments[1:], out)
	case len(arguments) > 1 && arguments[0] == "call":
		return runCalls(arguments[1:], os.Stdin, out)
	}
	fmt.Fprint(os.Stderr, usage)
	return errUsage
}

func runConformance(arguments []string, out *printer) error {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	file := flags.String("rollout", "", "`file` with the Rollout to route, as JSON")
	idle := flags.Duration("idle", 0*time.Second, "how long to stay silent before the last calls")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *file == "" || flags.NArg() == 0 {
		fmt.Fprint(os.Stderr, usage)
		return errUsage
	}
	rollout, err := readRollout(*file)
	if err != nil {
		return err
	}
	return conform(flags.Args(), rollout, *idle, out)
}
