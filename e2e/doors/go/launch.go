package main

// A router that go-plugin launches and ends: a stock host, with nothing but gRPC allowed.

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	routerv1 "rollouts-router/e2e/doors/go/rollouts_router/v1"
)

const pluginName = "RpcTrafficRouterPlugin"

// killLimit is far above the two seconds that go-plugin grants a plugin, and well below a test's patience.
const killLimit = 15 * time.Second

var (
	errNotARouter  = errors.New("what was dispensed is not a client of the router")
	errNotAServer  = errors.New("this program serves no plugin")
	errNoAnswerYet = errors.New("no answer in time")
)

// wishes are what a host may ask of a plugin besides.
type wishes struct {
	autoMTLS, multiplex bool
}

// routerPlugin makes clients of the router out of go-plugin's connection.
type routerPlugin struct {
	plugin.NetRPCUnsupportedPlugin
}

func (routerPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errNotAServer
}

func (routerPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return routerv1.NewTrafficRouterClient(conn), nil
}

// A process is one plugin process.
type process struct {
	client  *plugin.Client
	session plugin.ClientProtocol
	router  routerv1.TrafficRouterClient
	command *exec.Cmd
	journal *journal
}

// launched tells the times in microseconds since just before the process was started.
type launched struct {
	PID       int    `json:"pid"`
	Protocol  string `json:"protocol"`
	Handshake micros `json:"handshake_us"`
	Connected micros `json:"connected_us"`
	Ready     micros `json:"ready_us"`
}

// ending says how a plugin process ended. ExitCode is -1 after a signal, whose name is then in Signal.
type ending struct {
	Took     micros  `json:"us"`
	ExitCode int     `json:"exit_code"`
	Signal   string  `json:"signal"`
	Error    string  `json:"error"`
	Logs     []entry `json:"logs"`
}

// launch starts the command and dispenses a client; a plugin that does not come up is ended again.
func launch(command []string, want wishes) (*process, launched, error) {
	p := &process{command: exec.Command(command[0], command[1:]...), journal: &journal{}}
	p.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  1,
			MagicCookieKey:   "ARGO_ROLLOUTS_RPC_PLUGIN",
			MagicCookieValue: "trafficrouter",
		},
		Plugins:             plugin.PluginSet{pluginName: routerPlugin{}},
		Cmd:                 p.command,
		Managed:             true,
		AllowedProtocols:    []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:            want.autoMTLS,
		GRPCBrokerMultiplex: want.multiplex,
		Logger: hclog.New(&hclog.LoggerOptions{
			Name: "plugin", Level: hclog.Trace, Output: p.journal, JSONFormat: true,
		}),
	})
	first, err := p.connect()
	if err != nil {
		end := p.kill()
		return nil, first, fmt.Errorf("%s did not come up: %w\nexit code %d, signal %q; it said:\n%s",
			strings.Join(command, " "), err, end.ExitCode, end.Signal, said(end.Logs))
	}
	return p, first, nil
}

func (p *process) connect() (first launched, err error) {
	started := time.Now()
	if _, err = p.client.Start(); err != nil {
		return first, err
	}
	first.Handshake = since(started)
	first.PID, first.Protocol = p.command.Process.Pid, string(p.client.Protocol())
	if p.session, err = p.client.Client(); err != nil {
		return first, err
	}
	first.Connected = since(started)
	dispensed, err := p.session.Dispense(pluginName)
	if err != nil {
		return first, err
	}
	router, ok := dispensed.(routerv1.TrafficRouterClient)
	if !ok {
		return first, errNotARouter
	}
	p.router = router
	err = p.session.Ping()
	first.Ready = since(started)
	return first, err
}

func (p *process) clients() []routerv1.TrafficRouterClient {
	return []routerv1.TrafficRouterClient{p.router}
}

func (p *process) ping() error {
	return p.session.Ping()
}

func (p *process) memory() (memoryReply, error) {
	return memoryOf(p.command.Process.Pid)
}

func (p *process) logs() []entry {
	return p.journal.take()
}

// kill ends the plugin as every go-plugin host does, and tells how that went.
func (p *process) kill() ending {
	started := time.Now()
	failure := within(killLimit, p.client.Kill)
	end := ending{Took: since(started), ExitCode: -1}
	if failure != nil {
		// go-plugin waits for the pipes without any bound.
		_ = p.command.Process.Kill()
		end.Error = failure.Error()
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
