// Command door drives the gRPC service rollouts_router.v1.TrafficRouter as a program in Go would: through go-plugin,
// as the host that launches the router, or as a plain client of one that serves.
//
// This file holds the command line alone. The package rollouts_router/v1 is made from our proto when this is built and
// is not in the repository; see e2e/doors/build.py.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const usage = `usage: door launch [-auto-mtls] [-multiplex] COMMAND [ARGUMENT...]
       door dial [-connections N] [-ca FILE [-cert FILE -key FILE]] [-token FILE] ADDRESS

Both read one JSON request a line from standard input and print one JSON line a reply.
`

var errUsage = errors.New("see the usage above")

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "door:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	out := newPrinter(os.Stdout)
	switch {
	case len(arguments) > 0 && arguments[0] == "launch":
		return runLaunch(arguments[1:], out)
	case len(arguments) > 0 && arguments[0] == "dial":
		return runDial(arguments[1:], out)
	}
	fmt.Fprint(os.Stderr, usage)
	return errUsage
}

func runLaunch(arguments []string, out *printer) error {
	flags := flag.NewFlagSet("launch", flag.ContinueOnError)
	wishes := wishes{}
	flags.BoolVar(&wishes.autoMTLS, "auto-mtls", false, "ask the plugin for mutual TLS")
	flags.BoolVar(&wishes.multiplex, "multiplex", false, "ask the plugin for one connection for everything")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		fmt.Fprint(os.Stderr, usage)
		return errUsage
	}
	p, first, err := launch(flags.Args(), wishes)
	if err != nil {
		return err
	}
	out.print(first)
	defer func() { out.print(p.kill()) }()
	return serve(p, os.Stdin, out)
}

func runDial(arguments []string, out *printer) error {
	flags := flag.NewFlagSet("dial", flag.ContinueOnError)
	how := dialing{}
	flags.IntVar(&how.connections, "connections", 1, "how many connections; calls at once are dealt out over them")
	flags.StringVar(&how.ca, "ca", "", "`file` with the authority of the server's certificate; without it there is no TLS")
	flags.StringVar(&how.certificate, "cert", "", "`file` with a certificate of our own")
	flags.StringVar(&how.key, "key", "", "`file` with its key")
	flags.StringVar(&how.token, "token", "", "`file` with a bearer token")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		fmt.Fprint(os.Stderr, usage)
		return errUsage
	}
	c, err := dial(flags.Arg(0), how)
	if err != nil {
		return err
	}
	defer c.close()
	return serve(c, os.Stdin, out)
}
