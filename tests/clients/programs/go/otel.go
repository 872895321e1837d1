package main

import (
	"context"
	"encoding/binary"
	"net"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/jaeger"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

func otlpHTTP(address string) ([]Told, error) {
	exporter, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpoint(address), otlptracehttp.WithInsecure(),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	return export(exporter, err)
}

func otlpGRPC(address string) ([]Told, error) {
	exporter, err := otlptracegrpc.New(context.Background(),
		otlptracegrpc.WithEndpoint(address), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip"))
	return export(exporter, err)
}

func otelZipkin(address string) ([]Told, error) {
	exporter, err := zipkin.New("http://" + address + "/api/v2/spans")
	told, err := export(exporter, err)
	return lowered(told), err
}

func otelJaegerHTTP(address string) ([]Told, error) {
	exporter, err := jaeger.New(jaeger.WithCollectorEndpoint(jaeger.WithEndpoint("http://" + address + "/api/traces")))
	return export(exporter, err)
}

func otelJaegerUDP(address string) ([]Told, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	exporter, err := jaeger.New(jaeger.WithAgentEndpoint(jaeger.WithAgentHost(host), jaeger.WithAgentPort(port)))
	return export(exporter, err)
}

func export(exporter sdk.SpanExporter, err error) ([]Told, error) {
	if err != nil {
		return nil, err
	}
	stubs := tell()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := exporter.ExportSpans(ctx, stubs.Snapshots()); err != nil {
		return nil, err
	}
	told := make([]Told, 0, len(stubs))
	for _, stub := range stubs {
		told = append(told, describe(stub))
	}
	return told, exporter.Shutdown(ctx)
}

// givenIDs are the trace id given, and span ids that count up.
type givenIDs struct{ next uint64 }

func (ids *givenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	high, low := traceID()
	binary.BigEndian.PutUint64(id[:8], high)
	binary.BigEndian.PutUint64(id[8:], low)
	return id, ids.NewSpanID(ctx, id)
}

func (ids *givenIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], ids.next)
	ids.next++
	return id
}

// tell makes the four spans, in the order in which they ended.
func tell() tracetest.SpanStubs {
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(
		sdk.WithSyncer(kept),
		sdk.WithIDGenerator(&givenIDs{next: firstSpanID}),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "box-office"),
			attribute.String("service.version", "1.4.2"),
			attribute.Int("shelf", 7),
		)),
	)
	tracer := provider.Tracer("tickets", trace.WithInstrumentationVersion("0.3.1"))
	ctx, root := tracer.Start(context.Background(), "POST /tickets",
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(startTime(0)),
		trace.WithAttributes(
			attribute.String("seat.row", "F"),
			attribute.Int("seat.count", 2),
			attribute.Int64("seat.serial", 9_007_199_254_740_993),
			attribute.Float64("price.total", 37.5),
			attribute.Bool("member", true),
			attribute.StringSlice("discounts", []string{"early", "pair"}),
			attribute.String("note", "naïve ☕ <b>&amp;"),
		))
	_, pick := tracer.Start(ctx, "pick seat", trace.WithTimestamp(startTime(5_000).Add(250)))
	pick.AddEvent("seat held", trace.WithTimestamp(startTime(10_000)),
		trace.WithAttributes(attribute.Int("hold.seconds", 300), attribute.String("seat", "F12")))
	pick.End(trace.WithTimestamp(startTime(12_000)))
	_, charge := tracer.Start(ctx, "charge card", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(startTime(15_000)),
		trace.WithAttributes(attribute.String("peer.service", "bank"), attribute.Int("http.response.status_code", 402)))
	charge.AddEvent("exception", trace.WithTimestamp(startTime(59_000)),
		trace.WithAttributes(attribute.String("exception.message", "the card has expired")))
	charge.SetStatus(codes.Error, "card declined")
	charge.End(trace.WithTimestamp(startTime(60_000)))
	_, issue := tracer.Start(ctx, "tickets.issued", trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithTimestamp(startTime(62_000)),
		trace.WithLinks(trace.Link{SpanContext: yesterday(), Attributes: []attribute.KeyValue{attribute.String("why", "tried before")}}))
	issue.SetStatus(codes.Ok, "")
	issue.End(trace.WithTimestamp(startTime(63_000)))
	root.End(trace.WithTimestamp(startTime(80_000).Add(789)))
	return kept.GetSpans()
}

func yesterday() trace.SpanContext {
	id, _ := trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")
	span, _ := trace.SpanIDFromHex("b7ad6b7169203331")
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: 1, Remote: true})
}

func describe(stub tracetest.SpanStub) Told {
	parent := ""
	if stub.Parent.SpanID().IsValid() {
		parent = stub.Parent.SpanID().String()
	}
	return Told{
		TraceID:      stub.SpanContext.TraceID().String(),
		SpanID:       stub.SpanContext.SpanID().String(),
		ParentSpanID: parent,
		Service:      "box-office",
		Name:         stub.Name,
		Kind:         stub.SpanKind.String(),
		IsError:      stub.Status.Code == codes.Error,
		StartNS:      stub.StartTime.UnixNano(),
		EndNS:        stub.EndTime.UnixNano(),
	}
}
