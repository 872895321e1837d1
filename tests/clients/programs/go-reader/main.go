// Command reader asks Jaeger's query API over gRPC for a trace, with the classes that Jaeger itself generated:
// `reader HOST:PORT TRACE_ID START_NS SERVICE`. It says on standard output which span names it got from each call.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/gogo/protobuf/types"
	"github.com/jaegertracing/jaeger/model"
	_ "github.com/jaegertracing/jaeger/pkg/gogocodec"
	"github.com/jaegertracing/jaeger/proto-gen/api_v2"
	"github.com/jaegertracing/jaeger/proto-gen/api_v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	answers, err := read(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(address, traceID, startNS, service string) (map[string][]string, error) {
	start, err := strconv.ParseInt(startNS, 10, 64)
	if err != nil {
		return nil, err
	}
	from, to := time.Unix(0, start).Add(-time.Minute), time.Unix(0, start).Add(time.Minute)
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	answers := map[string][]string{}
	v2, v3 := api_v2.NewQueryServiceClient(connection), api_v3.NewQueryServiceClient(connection)
	if answers["v2 GetTrace"], err = getV2(ctx, v2, traceID); err != nil {
		return nil, fmt.Errorf("v2 GetTrace: %w", err)
	}
	if answers["v2 FindTraces"], err = findV2(ctx, v2, traceID, service, from, to); err != nil {
		return nil, fmt.Errorf("v2 FindTraces: %w", err)
	}
	got, err := v3.GetTrace(ctx, &api_v3.GetTraceRequest{TraceId: traceID})
	if err != nil {
		return nil, err
	}
	if answers["v3 GetTrace"], err = namesV3(got, traceID); err != nil {
		return nil, fmt.Errorf("v3 GetTrace: %w", err)
	}
	found, err := v3.FindTraces(ctx, &api_v3.FindTracesRequest{Query: &api_v3.TraceQueryParameters{
		ServiceName:  service,
		StartTimeMin: &types.Timestamp{Seconds: from.Unix()},
		StartTimeMax: &types.Timestamp{Seconds: to.Unix()},
		NumTraces:    100,
	}})
	if err != nil {
		return nil, err
	}
	if answers["v3 FindTraces"], err = namesV3(found, traceID); err != nil {
		return nil, fmt.Errorf("v3 FindTraces: %w", err)
	}
	return answers, nil
}

// chunksV2 is what both calls of api_v2 stream.
type chunksV2 interface {
	Recv() (*api_v2.SpansResponseChunk, error)
}

func getV2(ctx context.Context, client api_v2.QueryServiceClient, traceID string) ([]string, error) {
	id, err := model.TraceIDFromString(traceID)
	if err != nil {
		return nil, err
	}
	stream, err := client.GetTrace(ctx, &api_v2.GetTraceRequest{TraceID: id})
	if err != nil {
		return nil, err
	}
	return namesV2(stream, traceID)
}

func findV2(ctx context.Context, client api_v2.QueryServiceClient, traceID, service string, from, to time.Time) ([]string, error) {
	stream, err := client.FindTraces(ctx, &api_v2.FindTracesRequest{Query: &api_v2.TraceQueryParameters{
		ServiceName: service, StartTimeMin: from, StartTimeMax: to, SearchDepth: 100,
	}})
	if err != nil {
		return nil, err
	}
	return namesV2(stream, traceID)
}

// namesV2 are the names of the trace's spans, of whatever traces come.
func namesV2(stream chunksV2, traceID string) ([]string, error) {
	names := []string{}
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		for _, span := range chunk.Spans {
			if fmt.Sprintf("%016x%016x", span.TraceID.High, span.TraceID.Low) == traceID {
				names = append(names, span.OperationName)
			}
		}
	}
}

// chunksV3 is what both calls of api_v3 stream.
type chunksV3 interface {
	Recv() (*api_v3.SpansResponseChunk, error)
}

func namesV3(stream chunksV3, traceID string) ([]string, error) {
	names := []string{}
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		for _, resource := range chunk.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					if hex.EncodeToString(span.TraceID[:]) == traceID {
						names = append(names, span.Name)
					}
				}
			}
		}
	}
}
