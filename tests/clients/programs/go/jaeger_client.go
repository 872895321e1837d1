package main

import (
	"fmt"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/opentracing/opentracing-go/ext"
	"github.com/opentracing/opentracing-go/log"
	jaegerclient "github.com/uber/jaeger-client-go"
	"github.com/uber/jaeger-client-go/transport"
	"github.com/uber/jaeger-client-go/transport/zipkin"
)

func jaegerClientHTTP(address string) ([]Told, error) {
	return traceWith(transport.NewHTTPTransport("http://" + address + "/api/traces?format=jaeger.thrift"))
}

func jaegerClientUDP(address string) ([]Told, error) {
	sender, err := jaegerclient.NewUDPTransport(address, 0)
	if err != nil {
		return nil, err
	}
	return traceWith(sender)
}

// jaegerClientZipkin is Jaeger's client before there was Jaeger's own format: Zipkin's first, with typed values.
func jaegerClientZipkin(address string) ([]Told, error) {
	sender, err := zipkin.NewHTTPTransport("http://" + address + "/api/v1/spans")
	if err != nil {
		return nil, err
	}
	return traceWith(sender)
}

// failing notes when a transport did not deliver.
type failing struct {
	jaegerclient.Transport
	failure error
}

func (f *failing) Flush() (int, error) {
	count, err := f.Transport.Flush()
	if err != nil {
		f.failure = err
	}
	return count, err
}

// traceWith tells the story in OpenTracing's words: tags, logs, references, baggage.
func traceWith(sender jaegerclient.Transport) ([]Told, error) {
	watched := &failing{Transport: sender}
	kept := jaegerclient.NewInMemoryReporter()
	high, next := uint64(0), firstSpanID
	isFirst := true
	options := jaegerclient.TracerOptions
	tracer, closer := jaegerclient.NewTracer("box-office", jaegerclient.NewConstSampler(true),
		jaegerclient.NewCompositeReporter(jaegerclient.NewRemoteReporter(watched), kept),
		options.Gen128Bit(true), options.PoolSpans(false),
		options.HighTraceIDGenerator(func() uint64 { high, _ = traceID(); return high }),
		options.RandomNumber(func() uint64 {
			if isFirst {
				isFirst = false
				_, low := traceID()
				return low
			}
			next++
			return next - 1
		}),
		options.Tag("hostname", "till-3"), options.Tag("ip", "192.0.2.7"), options.Tag("client-uuid", "0f0e0d0c"))

	root := tracer.StartSpan("POST /tickets", opentracing.StartTime(startTime(0)), ext.SpanKindRPCServer)
	root.SetTag("seat.row", "F").SetTag("seat.count", 2).SetTag("price.total", 37.5).SetTag("member", true)
	root.SetTag("seal", []byte{0, 255, 128})
	pick := tracer.StartSpan("pick seat", opentracing.StartTime(startTime(5_000)), opentracing.ChildOf(root.Context()))
	pick.FinishWithOptions(opentracing.FinishOptions{
		FinishTime: startTime(12_000),
		LogRecords: []opentracing.LogRecord{
			{Timestamp: startTime(10_000), Fields: []log.Field{log.Event("seat held"), log.Int("hold.seconds", 300)}},
			{Timestamp: startTime(11_000), Fields: []log.Field{log.String("message", "no event field")}},
		},
	})
	charge := tracer.StartSpan("charge card", opentracing.StartTime(startTime(15_000)), opentracing.ChildOf(root.Context()))
	ext.SpanKindRPCClient.Set(charge)
	ext.Error.Set(charge, true)
	charge.SetTag("peer.service", "bank")
	charge.FinishWithOptions(opentracing.FinishOptions{FinishTime: startTime(60_000)})
	issue := tracer.StartSpan("tickets.issued", opentracing.StartTime(startTime(62_000)),
		opentracing.FollowsFrom(pick.Context()), opentracing.FollowsFrom(charge.Context()))
	issue.FinishWithOptions(opentracing.FinishOptions{FinishTime: startTime(63_000)})
	root.FinishWithOptions(opentracing.FinishOptions{FinishTime: startTime(80_000)})
	told := make([]Told, 0, 4)
	for _, span := range kept.GetSpans() {
		told = append(told, describeJaeger(span.(*jaegerclient.Span)))
	}
	if err := closer.Close(); err != nil {
		return nil, err
	}
	return told, watched.failure
}

func describeJaeger(span *jaegerclient.Span) Told {
	context := span.SpanContext()
	kind := "unspecified"
	if value, isThere := span.Tags()["span.kind"]; isThere {
		kind = fmt.Sprint(value)
	}
	parent := ""
	if context.ParentID() != 0 {
		parent = fmt.Sprintf("%016x", uint64(context.ParentID()))
	}
	start := span.StartTime().Truncate(time.Microsecond)
	return Told{
		TraceID:      fmt.Sprintf("%016x%016x", context.TraceID().High, context.TraceID().Low),
		SpanID:       fmt.Sprintf("%016x", uint64(context.SpanID())),
		ParentSpanID: parent,
		Service:      "box-office",
		Name:         span.OperationName(),
		Kind:         kind,
		IsError:      span.Tags()["error"] == true,
		StartNS:      start.UnixNano(),
		EndNS:        start.Add(span.Duration()).UnixNano(),
	}
}
