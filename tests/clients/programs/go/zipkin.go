package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	zipkingo "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"
	"github.com/openzipkin/zipkin-go/proto/zipkin_proto3"
	"github.com/openzipkin/zipkin-go/reporter"
	zipkinhttp "github.com/openzipkin/zipkin-go/reporter/http"
)

func zipkinJSON(address string) ([]Told, error) {
	return report(address, &givenZipkinIDs{next: firstSpanID}, reporter.JSONSerializer{})
}

func zipkinProto(address string) ([]Told, error) {
	return report(address, &givenZipkinIDs{next: firstSpanID}, zipkin_proto3.SpanSerializer{})
}

// zipkinShortID has a trace id of 64 bits, as Zipkin's clients of old.
func zipkinShortID(address string) ([]Told, error) {
	return report(address, &givenZipkinIDs{next: firstSpanID, isShort: true}, reporter.JSONSerializer{})
}

// givenZipkinIDs are the trace id given, or its lower half, and span ids that count up.
type givenZipkinIDs struct {
	next    uint64
	isShort bool
}

func (ids *givenZipkinIDs) TraceID() model.TraceID {
	high, low := traceID()
	if ids.isShort {
		high = 0
	}
	return model.TraceID{High: high, Low: low}
}

func (ids *givenZipkinIDs) SpanID(model.TraceID) model.ID {
	ids.next++
	return model.ID(ids.next - 1)
}

// remembering passes spans on to a reporter and remembers them.
type remembering struct {
	reporter.Reporter
	spans []model.SpanModel
}

func (r *remembering) Send(span model.SpanModel) {
	r.spans = append(r.spans, span)
	r.Reporter.Send(span)
}

// answered notes what the server said to every request.
type answered struct{ failure error }

func (a *answered) Do(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(request)
	switch {
	case err != nil:
		a.failure = err
	case response.StatusCode != http.StatusAccepted:
		a.failure = fmt.Errorf("answered %s", response.Status)
	}
	return response, err
}

// report tells of a sale between two services. The bank's span shares the id of the call: zipkin-go joins by itself.
func report(address string, ids *givenZipkinIDs, serializer reporter.SpanSerializer) ([]Told, error) {
	server := &answered{}
	kept := &remembering{Reporter: zipkinhttp.NewReporter("http://"+address+"/api/v2/spans",
		zipkinhttp.Serializer(serializer), zipkinhttp.Client(server))}
	office, err := tracerOf("box-office", "192.0.2.7:8080", ids, kept)
	if err != nil {
		return nil, err
	}
	bank, err := tracerOf("bank", "192.0.2.8:443", ids, kept)
	if err != nil {
		return nil, err
	}
	root := office.StartSpan("POST /tickets", zipkingo.Kind(model.Server), zipkingo.StartTime(startTime(0)))
	root.Tag("seat.row", "F")
	root.Tag("note", "naïve ☕")
	under := zipkingo.Parent(root.Context())
	pick := office.StartSpan("pick seat", under, zipkingo.StartTime(startTime(5_000)))
	pick.Annotate(startTime(10_000), "seat held")
	pick.FinishedWithDuration(7 * time.Millisecond)
	bankEndpoint, err := zipkingo.NewEndpoint("bank", "192.0.2.8:443")
	if err != nil {
		return nil, err
	}
	charge := office.StartSpan("charge card", under, zipkingo.Kind(model.Client), zipkingo.StartTime(startTime(15_000)),
		zipkingo.RemoteEndpoint(bankEndpoint))
	asked := bank.StartSpan("charge card", zipkingo.Parent(charge.Context()), zipkingo.Kind(model.Server),
		zipkingo.StartTime(startTime(20_000)))
	rate := bank.StartSpan("rate risk", zipkingo.Parent(asked.Context()), zipkingo.StartTime(startTime(25_000)))
	rate.FinishedWithDuration(10 * time.Millisecond)
	asked.Tag("error", "card declined")
	asked.FinishedWithDuration(35 * time.Millisecond)
	charge.Tag("http.status_code", "402")
	charge.FinishedWithDuration(45 * time.Millisecond)
	root.FinishedWithDuration(80 * time.Millisecond)
	if err := kept.Close(); err != nil {
		return nil, err
	}
	told := make([]Told, 0, len(kept.spans))
	for _, span := range kept.spans {
		told = append(told, describeZipkin(span))
	}
	if _, isJSON := serializer.(reporter.JSONSerializer); isJSON {
		told = lowered(told)
	}
	return told, server.failure
}

// lowered are the spans as zipkin-go writes them in JSON: with names in lower case.
func lowered(told []Told) []Told {
	for index := range told {
		told[index].Name = strings.ToLower(told[index].Name)
	}
	return told
}

func tracerOf(service, address string, ids *givenZipkinIDs, to reporter.Reporter) (*zipkingo.Tracer, error) {
	endpoint, err := zipkingo.NewEndpoint(service, address)
	if err != nil {
		return nil, err
	}
	return zipkingo.NewTracer(to, zipkingo.WithLocalEndpoint(endpoint), zipkingo.WithIDGenerator(ids))
}

func describeZipkin(span model.SpanModel) Told {
	parent := ""
	if span.ParentID != nil {
		parent = span.ParentID.String()
	}
	kind := strings.ToLower(string(span.Kind))
	if kind == "" {
		kind = "unspecified"
	}
	_, isError := span.Tags["error"]
	return Told{
		TraceID:      fmt.Sprintf("%032s", span.TraceID.String()),
		SpanID:       span.ID.String(),
		ParentSpanID: parent,
		Service:      span.LocalEndpoint.ServiceName,
		Name:         span.Name,
		Kind:         kind,
		IsError:      isError,
		StartNS:      span.Timestamp.UnixNano(),
		EndNS:        span.Timestamp.Add(span.Duration).UnixNano(),
	}
}
