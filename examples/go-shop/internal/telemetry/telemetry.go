// Package telemetry makes a service record spans and metrics with the OpenTelemetry SDK.
//
// Nothing here knows a tracing backend: the standard OTEL_* variables say where spans and metrics go, and how many.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/processors/baggagecopy"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const version = "1.0.0"

// Start records what this process does as service. stop sends what was not sent yet; call it once, last of all.
func Start(ctx context.Context, service string) (stop func(context.Context) error, err error) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		slog.Warn("telemetry", "service", service, "said", err)
	}))
	otel.SetTextMapPropagator(Everything)
	described, err := describe(ctx, service)
	if err != nil {
		return nil, err
	}
	stopSpans, err := startSpans(ctx, service, described)
	if err != nil {
		return nil, err
	}
	stopMetrics, err := startMetrics(ctx, described)
	if err != nil {
		return nil, errors.Join(err, stopSpans(ctx))
	}
	return func(ctx context.Context) error {
		// Metrics come second: that a backend of traces keeps none is worth a line, and no failure.
		if err := stopMetrics(ctx); err != nil {
			otel.Handle(err)
		}
		return stopSpans(ctx)
	}, nil
}

// Fail records err in span with the stack that led here, and makes the span an error.
func Fail(span trace.Span, err error) {
	span.RecordError(err, trace.WithStackTrace(true))
	span.SetStatus(codes.Error, err.Error())
}

// describe says who sends: what OTEL_RESOURCE_ATTRIBUTES adds, and what we know ourselves.
func describe(ctx context.Context, service string) (*resource.Resource, error) {
	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithProcessRuntimeName(),
		resource.WithProcessRuntimeVersion(),
		resource.WithFromEnv(),
		resource.WithAttributes(
			attribute.String("service.name", service),
			attribute.String("service.namespace", "go-shop"),
			attribute.String("service.version", version),
			attribute.Int("process.pid", os.Getpid()),
		),
	)
	if err != nil {
		return nil, fmt.Errorf("describe the service: %w", err)
	}
	return described, nil
}

func startSpans(ctx context.Context, service string, described *resource.Resource) (func(context.Context) error, error) {
	exporter, err := otlptracehttp.New(ctx, whereUnset("TRACES", otlptracehttp.WithInsecure)...)
	if err != nil {
		return nil, fmt.Errorf("send spans: %w", err)
	}
	sampler, stopSampler := newSampler(service)
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(described),
		sdktrace.WithSpanProcessor(baggagecopy.NewSpanProcessor(isOurs)),
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(time.Second)),
	}
	if sampler != nil {
		options = append(options, sdktrace.WithSampler(sampler))
	}
	provider := sdktrace.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	return func(ctx context.Context) error {
		stopSampler()
		return provider.Shutdown(ctx)
	}, nil
}

// startMetrics sends counters and histograms beside the spans, unless OTEL_METRICS_EXPORTER is "none".
func startMetrics(ctx context.Context, described *resource.Resource) (func(context.Context) error, error) {
	if os.Getenv("OTEL_METRICS_EXPORTER") == "none" {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlpmetrichttp.New(ctx, whereUnset("METRICS", otlpmetrichttp.WithInsecure)...)
	if err != nil {
		return nil, fmt.Errorf("send metrics: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithResource(described), metric.WithReader(metric.NewPeriodicReader(exporter)))
	otel.SetMeterProvider(provider)
	return provider.Shutdown, nil
}

// whereUnset is the option, unless a variable says where to send. Go's exporters would then try https://localhost:4318;
// all other languages take http, as the specification has it.
func whereUnset[Option any](signal string, insecure func() Option) []Option {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != "" {
		return nil
	}
	return []Option{insecure()}
}

// isOurs keeps baggage that strangers may have sent out of the spans.
func isOurs(member baggage.Member) bool {
	return strings.HasPrefix(member.Key(), "shop.")
}
