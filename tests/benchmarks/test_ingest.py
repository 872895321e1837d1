"""What takes part in `benchmarks.ingest`, and in which formats."""

from benchmarks.contenders import SYSTEMS
from benchmarks.formats import FORMATS
from benchmarks.ingest import list_cases
from benchmarks.scenarios import FOREIGN, OTLP, SCENARIOS


def test_every_foreign_door_is_measured_beside_its_own_backend() -> None:
    assert list_cases(list(SYSTEMS), FOREIGN) == [
        ("sqlite", "zipkin"),
        ("zipkin", "zipkin"),
        ("sqlite", "zipkin-json"),
        ("zipkin", "zipkin-json"),
        ("sqlite", "thrift"),
        ("jaeger-badger", "thrift"),
    ]


def test_only_otlp_is_sent_to_otlps_ports() -> None:
    assert {name for name in SCENARIOS if not FORMATS[SCENARIOS[name].protocol].door} == set(OTLP)


def test_formats_do_not_share_a_file() -> None:
    suffixes = [form.suffix for form in FORMATS.values() if form.transcribe]
    assert all(suffixes)
    assert len(set(suffixes)) == len(suffixes)
