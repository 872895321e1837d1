// Package web is JSON over HTTP between the services, each request with its spans.
package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
)

const (
	maxBodyBytes    = 1 << 20
	callTimeout     = 5 * time.Second
	shutdownTimeout = 5 * time.Second
)

// Problem is an answer that is not what was asked for; the caller sees both.
type Problem struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
}

func (problem *Problem) Error() string {
	return problem.Text
}

// Handle answers a pattern such as "POST /orders". An error that is a Problem is answered as such, any other with 500.
//
// Each route has an otelhttp handler of its own, within the mux: only there the span is called "POST /orders" from its
// start, when the sampler is asked. Around the mux it would be "POST" then, and a sampling rule for the route never hit.
func Handle[In, Out any](mux *http.ServeMux, pattern string, answer func(context.Context, In) (Out, error), options ...otelhttp.Option) {
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		var asked In
		if err := readJSON(http.MaxBytesReader(response, request.Body, maxBodyBytes), &asked); err != nil {
			writeProblem(response, &Problem{http.StatusBadRequest, err.Error()})
			return
		}
		answered, err := answer(request.Context(), asked)
		if err != nil {
			writeProblem(response, err)
			return
		}
		writeJSON(response, http.StatusOK, answered)
	})
	mux.Handle(pattern, otelhttp.NewHandler(handler, pattern, options...))
}

// NewClient makes a client whose calls are spans, and carry the trace in the headers that propagator writes.
func NewClient(propagator propagation.TextMapPropagator) *http.Client {
	transport := otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithPropagators(propagator))
	return &http.Client{Transport: transport, Timeout: callTimeout}
}

// Call asks another service; a body of nil asks with GET, any other with POST. An answer of 400 and more is a Problem.
func Call[Out any](ctx context.Context, client *http.Client, url string, body any) (Out, error) {
	var answered Out
	request, err := newRequest(ctx, url, body)
	if err != nil {
		return answered, err
	}
	response, err := client.Do(request)
	if err != nil {
		return answered, fmt.Errorf("call %s: %w", url, err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		problem := &Problem{Status: response.StatusCode, Text: response.Status}
		if err := readJSON(response.Body, problem); err != nil {
			return answered, err
		}
		return answered, problem
	}
	return answered, readJSON(response.Body, &answered)
}

// Serve answers at listener until ctx is done, then finishes what was begun.
func Serve(ctx context.Context, listener net.Listener, mux *http.ServeMux) error {
	server := &http.Server{Handler: mux, ReadHeaderTimeout: callTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return server.Shutdown(finishing)
}

func newRequest(ctx context.Context, url string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// readJSON leaves target as it is where there is nothing to read.
func readJSON(body io.Reader, target any) error {
	if err := json.NewDecoder(body).Decode(target); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read JSON: %w", err)
	}
	return nil
}

func writeProblem(response http.ResponseWriter, err error) {
	var problem *Problem
	if !errors.As(err, &problem) {
		problem = &Problem{http.StatusInternalServerError, err.Error()}
	}
	writeJSON(response, problem.Status, problem)
}

func writeJSON(response http.ResponseWriter, status int, value any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(value) // a caller that hung up needs no answer
}
