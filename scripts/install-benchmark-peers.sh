#!/usr/bin/env bash
# Builds Jaeger with Go and fetches Zipkin's server with Maven, for the benchmarks. What cannot be had is left out:
# the benchmarks then say so and run without it.
set -uo pipefail

home="${TRACING_UI_BENCHMARKS_DIR:-$HOME/.cache/tracing-ui-benchmarks}"
# Jaeger's releases of both generations share a commit: the Go module v1.76.0 holds the program of v2.13.0.
jaeger_version="v1.76.0"
zipkin_version="3.5.1"
mkdir -p "$home"

if [[ ! -x "$home/jaeger" ]]; then
  echo "Building Jaeger (minutes) …"
  work="$(mktemp -d)"
  (
    cd "$work" || exit 1
    go mod init benchmarks && go get -tool "github.com/jaegertracing/jaeger/cmd/jaeger@$jaeger_version" &&
      go build -o "$home/jaeger" github.com/jaegertracing/jaeger/cmd/jaeger
  ) > "$home/jaeger-build.log" 2>&1 || echo "Jaeger could not be built: see $home/jaeger-build.log" >&2
  rm -rf "$work"
fi

if [[ ! -f "$home/zipkin.jar" ]]; then
  echo "Fetching Zipkin …"
  artifact="io.zipkin:zipkin-server:$zipkin_version:jar:exec"
  mvn -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$home" > "$home/zipkin-fetch.log" 2>&1 &&
    mv "$home/zipkin-server-$zipkin_version-exec.jar" "$home/zipkin.jar" ||
    echo "Zipkin could not be fetched: see $home/zipkin-fetch.log" >&2
fi
