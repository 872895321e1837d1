package telemetry

import (
	"log/slog"
	"os"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/contrib/samplers/jaegerremote"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const samplerVariable = "OTEL_TRACES_SAMPLER"

// newSampler is nil where the SDK does what OTEL_TRACES_SAMPLER says by itself, as for parentbased_traceidratio.
//
// It does not know the two that ask a server, jaeger_remote and parentbased_jaeger_remote. Their server, how often they
// ask and what holds until then stands in OTEL_TRACES_SAMPLER_ARG:
// endpoint=http://localhost:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25
func newSampler(service string) (sampler sdktrace.Sampler, stop func()) {
	name := os.Getenv(samplerVariable)
	if name != "jaeger_remote" && name != "parentbased_jaeger_remote" {
		return nil, func() {}
	}
	// The SDK reads the variable too, and would report a sampler that it does not know.
	_ = os.Unsetenv(samplerVariable)
	remote := jaegerremote.New(service, jaegerremote.WithLogger(logr.FromSlogHandler(slog.Default().Handler())))
	if name == "jaeger_remote" {
		return remote, remote.Close
	}
	return sdktrace.ParentBased(remote), remote.Close
}
