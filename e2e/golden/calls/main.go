// Command calls writes what a controller says to a traffic router plugin: both directions of one net/rpc
// stream, made by Argo Rollouts' own client and server code with a plugin that always succeeds, and, as
// JSON, what a reader of the first direction must find in it.
//
//	calls FOLDER LABEL   writes FOLDER/{calls,replies}-LABEL.gob, arguments-LABEL.json, large-LABEL.gob.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"path/filepath"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	plugin "github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
)

// router is the plugin behind the calls.
type router struct{}

func (router) InitPlugin() types.RpcError { return types.RpcError{} }
func (router) UpdateHash(*v1alpha1.Rollout, string, string, []v1alpha1.WeightDestination) types.RpcError {
	return types.RpcError{}
}
func (router) SetWeight(*v1alpha1.Rollout, int32, []v1alpha1.WeightDestination) types.RpcError {
	return types.RpcError{ErrorString: "no route"}
}
func (router) SetHeaderRoute(*v1alpha1.Rollout, *v1alpha1.SetHeaderRoute) types.RpcError {
	return types.RpcError{}
}
func (router) SetMirrorRoute(*v1alpha1.Rollout, *v1alpha1.SetMirrorRoute) types.RpcError {
	return types.RpcError{}
}
func (router) VerifyWeight(*v1alpha1.Rollout, int32, []v1alpha1.WeightDestination) (types.RpcVerified, types.RpcError) {
	return types.Verified, types.RpcError{}
}
func (router) RemoveManagedRoutes(*v1alpha1.Rollout) types.RpcError { return types.RpcError{} }
func (router) Type() string                                         { return "Golden" }

// tap copies what is written to a connection.
type tap struct {
	net.Conn
	copy *bytes.Buffer
}

func (t tap) Write(data []byte) (int, error) {
	t.copy.Write(data)
	return t.Conn.Write(data)
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder, label string) error {
	calls, replies, err := record(script)
	if err != nil {
		return err
	}
	large, _, err := record(largeScript)
	if err != nil {
		return err
	}
	arguments, err := json.MarshalIndent(seen, "", "")
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"calls-" + label + ".gob":      calls,
		"replies-" + label + ".gob":    replies,
		"arguments-" + label + ".json": append(arguments, '\n'),
		"large-" + label + ".gob.gz":   compress(large),
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// record runs a script against a plugin and returns both directions of the stream.
func record(script func(plugin.TrafficRouterPlugin)) ([]byte, []byte, error) {
	glue := &plugin.RpcTrafficRouterPlugin{Impl: router{}}
	service, err := glue.Server(nil)
	if err != nil {
		return nil, nil, err
	}
	server := rpc.NewServer()
	if err := server.RegisterName("Plugin", service); err != nil {
		return nil, nil, err
	}
	var calls, replies bytes.Buffer
	here, there := net.Pipe()
	go server.ServeConn(tap{there, &replies})
	client := rpc.NewClient(tap{here, &calls})
	stub, err := glue.Client(nil, client)
	if err != nil {
		return nil, nil, err
	}
	script(stub.(plugin.TrafficRouterPlugin))
	return calls.Bytes(), replies.Bytes(), client.Close()
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = io.Copy(writer, bytes.NewReader(data))
	_ = writer.Close()
	return out.Bytes()
}
