"""Every system that can take part, by the name that commands know it by. The others are compared with `sqlite`."""

from benchmarks import ours, peers

SYSTEMS = {
    "sqlite": ours.ON_SQLITE,
    "sqlite-alone": ours.ON_SQLITE_ALONE,
    "postgresql": ours.ON_POSTGRES,
    "postgresql-alone": ours.ON_POSTGRES_ALONE,
    "jaeger-badger": peers.JAEGER_BADGER,
    "jaeger-badger-durable": peers.JAEGER_BADGER_DURABLE,
    "jaeger-memory": peers.JAEGER_MEMORY,
    "zipkin": peers.ZIPKIN,
}
