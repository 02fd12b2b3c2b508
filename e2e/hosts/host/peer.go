package main

// A plugin process and the connection to it: launch, dispense, ping, memory, end. What is called is in calls.go.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

const pluginName = "RpcTrafficRouterPlugin"

// killLimit is far above the two seconds that go-plugin grants a plugin, and well below a test's patience.
const killLimit = 15 * time.Second

var errNotARouter = errors.New("what was dispensed is not a traffic router")

// A peer is one plugin process, launched with the settings that the controller uses.
type peer struct {
	client  *plugin.Client
	session plugin.ClientProtocol
	router  rpc.TrafficRouterPlugin
	command *exec.Cmd
	journal *journal
}

// launchTimes are in microseconds since just before the process was started.
type launchTimes struct {
	Handshake micros `json:"handshake_us"`
	Connected micros `json:"connected_us"`
	Dispensed micros `json:"dispensed_us"`
	PID       int    `json:"pid"`
}

// ending says how a plugin process ended. ExitCode is -1 after a signal, whose name is then in Signal.
type ending struct {
	Took     micros  `json:"us"`
	ExitCode int     `json:"exit_code"`
	Signal   string  `json:"signal"`
	Error    string  `json:"error"`
	Logs     []entry `json:"logs"`
}

// launch starts the command and dispenses the plugin; a plugin that does not come up is ended again.
func launch(command []string) (*peer, launchTimes, error) {
	p := &peer{command: exec.Command(command[0], command[1:]...), journal: &journal{}}
	p.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  1,
			MagicCookieKey:   "ARGO_ROLLOUTS_RPC_PLUGIN",
			MagicCookieValue: "trafficrouter",
		},
		Plugins: map[string]plugin.Plugin{pluginName: &rpc.RpcTrafficRouterPlugin{}},
		Cmd:     p.command,
		Managed: true,
		// Name and level are go-plugin's defaults; only the place that lines go to differs from the controller.
		Logger: hclog.New(&hclog.LoggerOptions{
			Name: "plugin", Level: hclog.Trace, Output: p.journal, JSONFormat: true,
		}),
	})
	times, err := p.connect()
	if err != nil {
		end := p.kill()
		return nil, times, fmt.Errorf("%s did not come up: %w\nexit code %d, signal %q; it said:\n%s",
			strings.Join(command, " "), err, end.ExitCode, end.Signal, said(end.Logs))
	}
	return p, times, nil
}

func (p *peer) connect() (times launchTimes, err error) {
	started := time.Now()
	if _, err = p.client.Start(); err != nil {
		return times, err
	}
	times.Handshake = since(started)
	times.PID = p.command.Process.Pid
	if p.session, err = p.client.Client(); err != nil {
		return times, err
	}
	times.Connected = since(started)
	p.router, err = p.dispense()
	times.Dispensed = since(started)
	return times, err
}

// dispense asks for one more instance of the plugin, on a stream of its own.
func (p *peer) dispense() (rpc.TrafficRouterPlugin, error) {
	dispensed, err := p.session.Dispense(pluginName)
	if err != nil {
		return nil, err
	}
	router, ok := dispensed.(rpc.TrafficRouterPlugin)
	if !ok {
		return nil, errNotARouter
	}
	return router, nil
}

// kill asks the plugin to quit, as the controller does when it stops, and tells how that went.
func (p *peer) kill() ending {
	started := time.Now()
	failure := within(killLimit, p.client.Kill)
	end := ending{Took: since(started), Error: describe(failure), ExitCode: -1}
	if failure != nil {
		// go-plugin waits for the answer to Quit, and for the pipes, without any bound.
		_ = p.command.Process.Kill()
		return end
	}
	if state := p.command.ProcessState; state != nil {
		end.ExitCode = state.ExitCode()
		if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			end.Signal = status.Signal().String()
		}
	}
	end.Logs = p.journal.take()
	return end
}

// memory is the plugin's resident set in bytes, now and at its highest. It reads Linux's /proc.
func (p *peer) memory() (resident, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		var kibibytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kibibytes); err == nil {
			resident = kibibytes * 1024
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kibibytes); err == nil {
			peak = kibibytes * 1024
		}
	}
	return resident, peak, nil
}
