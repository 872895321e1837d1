package telemetry

import (
	"context"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/otel/propagation"
)

// How a trace and its baggage go from service to service.
var (
	// Everything writes W3C's headers and understands B3's as well.
	Everything = propagation.NewCompositeTextMapPropagator(
		readOnly{b3.New()}, propagation.TraceContext{}, propagation.Baggage{},
	)
	// OnlyB3 neither writes nor understands traceparent: what services know that were instrumented for Zipkin.
	OnlyB3 = propagation.NewCompositeTextMapPropagator(
		b3.New(b3.WithInjectEncoding(b3.B3SingleHeader|b3.B3MultipleHeader)), propagation.Baggage{},
	)
)

// readOnly understands a header that it does not write.
type readOnly struct {
	propagation.TextMapPropagator
}

func (readOnly) Inject(context.Context, propagation.TextMapCarrier) {}
