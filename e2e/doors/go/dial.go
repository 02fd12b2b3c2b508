package main

// A router that serves by itself: plain connections to an address.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	routerv1 "rollouts-router/e2e/doors/go/rollouts_router/v1"
)

var (
	errNoCertificates = errors.New("no certificate in it")
	errNotOurProcess  = errors.New("the server is not a process of this door's")
)

// dialing says how to connect; empty names of files are wishes that nobody has.
type dialing struct {
	connections                 int
	ca, certificate, key, token string
}

// A server is what the connections lead to.
type server struct {
	connections []*grpc.ClientConn
}

// dial makes connections, which connect with the first call.
func dial(address string, how dialing) (*server, error) {
	options, err := how.options()
	if err != nil {
		return nil, err
	}
	s := &server{}
	for range how.connections {
		connection, err := grpc.NewClient(address, options...)
		if err != nil {
			s.close()
			return nil, err
		}
		s.connections = append(s.connections, connection)
	}
	return s, nil
}

func (s *server) close() {
	for _, connection := range s.connections {
		_ = connection.Close()
	}
}

func (s *server) clients() []routerv1.TrafficRouterClient {
	clients := make([]routerv1.TrafficRouterClient, len(s.connections))
	for i, connection := range s.connections {
		clients[i] = routerv1.NewTrafficRouterClient(connection)
	}
	return clients
}

func (s *server) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	check := &grpc_health_v1.HealthCheckRequest{}
	_, err := grpc_health_v1.NewHealthClient(s.connections[0]).Check(ctx, check)
	return err
}

func (s *server) memory() (memoryReply, error) {
	return memoryReply{}, errNotOurProcess
}

func (s *server) logs() []entry {
	return nil
}

func (how dialing) options() ([]grpc.DialOption, error) {
	transport := insecure.NewCredentials()
	if how.ca != "" {
		config, err := how.tls()
		if err != nil {
			return nil, err
		}
		transport = credentials.NewTLS(config)
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport)}
	if how.token != "" {
		text, err := os.ReadFile(how.token)
		if err != nil {
			return nil, err
		}
		options = append(options, grpc.WithPerRPCCredentials(bearer(strings.TrimSpace(string(text)))))
	}
	return options, nil
}

func (how dialing) tls() (*tls.Config, error) {
	text, err := os.ReadFile(how.ca)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %w", how.ca, errNoCertificates)
	}
	if how.certificate != "" {
		own, err := tls.LoadX509KeyPair(how.certificate, how.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}

// bearer is a token that goes with every call.
type bearer string

// GetRequestMetadata gives the header.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity is false so that a server's own refusal can be seen.
func (bearer) RequireTransportSecurity() bool {
	return false
}
