package main

// The server and the two requests that are sent to it. An answer is read to its end and dropped.

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	requestLimit = 30 * time.Second
	// connections are as many as a job ever has in flight, so that each stays open from job to job.
	connections = 64
	jsonPatch   = "application/json-patch+json"
	// tail is where the API server puts the metadata of a list of custom resources.
	tail   = 1024
	marker = `"continue":"`
)

// A server is where requests go: its URL, the certificate that vouches for it, and the bearer token to show.
type server struct {
	URL       string `json:"url"`
	Authority string `json:"authority"`
	Token     string `json:"token"`
	client    *http.Client
}

// open makes no connection yet. HTTP/1.1 with a connection for each request in flight: quicker here than HTTP/2.
func (s *server) open() error {
	pem, err := os.ReadFile(s.Authority)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", s.Authority)
	}
	s.client = &http.Client{Timeout: requestLimit, Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool},
		MaxIdleConns:        connections,
		MaxIdleConnsPerHost: connections,
		DisableCompression:  true,
	}}
	return nil
}

// readAll reads one object or one list, the list page by page.
func (s *server) readAll(target string) error {
	for next := target; next != ""; {
		end, err := s.send(http.MethodGet, next, nil)
		if err != nil {
			return err
		}
		next = following(target, end)
	}
	return nil
}

func (s *server) patch(w write) error {
	_, err := s.send(http.MethodPatch, w.Target, strings.NewReader(w.Body))
	return err
}

// send returns the last bytes of a good answer.
func (s *server) send(method, target string, body io.Reader) ([]byte, error) {
	request, err := http.NewRequest(method, s.URL+target, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", jsonPatch)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %.300s", method, target, answer.Status, text)
	}
	return text[max(0, len(text)-tail):], nil
}

// following is the target of the next page, empty after the last.
func following(target string, end []byte) string {
	_, rest, found := bytes.Cut(end, []byte(marker))
	if !found {
		return ""
	}
	token, _, _ := bytes.Cut(rest, []byte(`"`))
	if len(token) == 0 {
		return ""
	}
	return target + "&continue=" + url.QueryEscape(string(token))
}
