package telemetry

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

var sent = trace.NewSpanContext(trace.SpanContextConfig{
	TraceID:    trace.TraceID{0xc0, 0xff, 0xee, 15: 1},
	SpanID:     trace.SpanID{7: 2},
	TraceFlags: trace.FlagsSampled,
})

func TestATraceGoesOnWhicheverHeadersCarryIt(t *testing.T) {
	hops := map[string]struct{ caller, callee propagation.TextMapPropagator }{
		"W3C":            {Everything, Everything},
		"B3":             {OnlyB3, OnlyB3},
		"B3 to a modern": {OnlyB3, Everything},
	}
	for name, hop := range hops {
		t.Run(name, func(t *testing.T) {
			headers := inject(t, hop.caller)
			ctx := hop.callee.Extract(t.Context(), propagation.HeaderCarrier(headers))
			if found := trace.SpanContextFromContext(ctx); !found.Equal(sent.WithRemote(true)) {
				t.Errorf("the callee found %v in %v", found, headers)
			}
			if tenant := baggage.FromContext(ctx).Member("shop.tenant").Value(); tenant != "north" {
				t.Errorf("the callee found the tenant %q in %v", tenant, headers)
			}
		})
	}
}

func TestEachWritesTheHeadersOfItsKindOnly(t *testing.T) {
	headers := inject(t, OnlyB3)
	if headers.Get("traceparent") != "" || headers.Get("b3") == "" || headers.Get("X-B3-TraceId") == "" {
		t.Errorf("B3 wrote %v", headers)
	}
	headers = inject(t, Everything)
	if headers.Get("traceparent") == "" || headers.Get("b3") != "" || headers.Get("X-B3-TraceId") != "" {
		t.Errorf("W3C wrote %v", headers)
	}
}

func TestWhoKnowsB3OnlyBeginsATraceOfItsOwnForOthers(t *testing.T) {
	ctx := OnlyB3.Extract(t.Context(), propagation.HeaderCarrier(inject(t, Everything)))
	if found := trace.SpanContextFromContext(ctx); found.IsValid() {
		t.Errorf("it understood traceparent: %v", found)
	}
}

// inject has the headers of a call that is part of a sampled trace, made for a tenant.
func inject(t *testing.T, propagator propagation.TextMapPropagator) http.Header {
	t.Helper()
	member, err := baggage.NewMemberRaw("shop.tenant", "north")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx := baggage.ContextWithBaggage(trace.ContextWithSpanContext(t.Context(), sent), bag)
	headers := http.Header{}
	propagator.Inject(ctx, propagation.HeaderCarrier(headers))
	return headers
}
