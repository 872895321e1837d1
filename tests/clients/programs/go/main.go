// Command clients sends an invented trace with one of Go's libraries: `clients CLIENT HOST:PORT`. TRACE_ID and START_NS
// say which trace and when, so that the same client always sends the same bytes. What it sent is said on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Told is what must be read back of a span.
type Told struct {
	TraceID      string `json:"trace_id"`
	SpanID       string `json:"span_id"`
	ParentSpanID string `json:"parent_span_id"`
	Service      string `json:"service"`
	Name         string `json:"name"`
	Kind         string `json:"kind"`
	IsError      bool   `json:"is_error"`
	StartNS      int64  `json:"start_ns"`
	EndNS        int64  `json:"end_ns"`
}

// The highest bit is set: a reader that takes ids as signed numbers would show it.
const firstSpanID uint64 = 0xF1D2_0000_0000_0001

var clients = map[string]func(address string) ([]Told, error){
	"go-otlp-http":          otlpHTTP,
	"go-otlp-grpc":          otlpGRPC,
	"go-otel-zipkin":        otelZipkin,
	"go-otel-jaeger-http":   otelJaegerHTTP,
	"go-otel-jaeger-udp":    otelJaegerUDP,
	"go-zipkin-json":        zipkinJSON,
	"go-zipkin-proto":       zipkinProto,
	"go-zipkin-64":          zipkinShortID,
	"go-jaeger-client-http": jaegerClientHTTP,
	"go-jaeger-client-udp":  jaegerClientUDP,
	"go-jaeger-client-v1":   jaegerClientZipkin,
}

func main() {
	send, isKnown := clients[os.Args[1]]
	if !isKnown {
		fail(fmt.Errorf("no client is called %q", os.Args[1]))
	}
	told, err := send(os.Args[2])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// traceID has the two halves of TRACE_ID.
func traceID() (high, low uint64) {
	text := os.Getenv("TRACE_ID")
	high, err := strconv.ParseUint(text[:16], 16, 64)
	if err != nil {
		fail(err)
	}
	low, err = strconv.ParseUint(text[16:], 16, 64)
	if err != nil {
		fail(err)
	}
	return high, low
}

// startTime is START_NS, and so many microseconds later.
func startTime(laterUS int64) time.Time {
	startNS, err := strconv.ParseInt(os.Getenv("START_NS"), 10, 64)
	if err != nil {
		fail(err)
	}
	return time.Unix(0, startNS+laterUS*1000)
}
