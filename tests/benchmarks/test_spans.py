"""The spans that benchmarks send: what a reader must find of them is known, whatever the way they are sent."""

from collections import Counter, defaultdict
from itertools import islice

import pytest

from benchmarks import shop
from benchmarks.spans import START_NS, Body, Generator
from traces.ingest.translate.otlp import translate_otlp
from traces.wire import otlp_pb2 as wire

COUNT, BATCH = 120, 64


@pytest.fixture(scope="module", params=[False, True], ids=["separate", "gathered"])
def sent(request: pytest.FixtureRequest) -> tuple[Generator, list[Body]]:
    generator = Generator(seed=7, batch=BATCH, is_gathered=request.param)
    return generator, list(islice(generator.bodies(), COUNT))


def spans_in(bodies: list[Body]) -> list[wire.Span]:
    groups = [group for body in bodies for group in wire.Request.FromString(body.content).resource_spans]
    return [span for group in groups for scope in group.scope_spans for span in scope.spans]


def values_of(span: wire.Span, key: str) -> list[object]:
    chosen = [entry.value for entry in span.attributes if entry.key == key.encode()]
    return [getattr(value, value.WhichOneof("value") or "") for value in chosen]


def test_every_request_has_as_many_spans_as_it_says(sent: tuple[Generator, list[Body]]) -> None:
    for body in sent[1]:
        translated = translate_otlp(body.content)
        assert (translated.span_count, body.span_count, translated.rejected.total()) == (BATCH, BATCH, 0)


def test_requests_are_written_as_the_canonical_encoder_writes_them(sent: tuple[Generator, list[Body]]) -> None:
    assert all(translate_otlp(body.content).body == body.content for body in sent[1][:20])


def test_no_two_requests_and_no_two_spans_are_alike(sent: tuple[Generator, list[Body]]) -> None:
    spans = spans_in(sent[1])
    assert len({body.content for body in sent[1]}) == COUNT
    assert len({(span.trace_id, span.span_id) for span in spans}) == len(spans) == COUNT * BATCH


def test_the_same_seed_gives_the_same_requests() -> None:
    first, second = (list(islice(Generator(seed=3, batch=32).bodies(), 20)) for _ in range(2))
    other = list(islice(Generator(seed=4, batch=32).bodies(), 20))
    assert first == second
    assert first != other


def test_a_sampled_trace_is_whole_with_the_request_that_is_named(sent: tuple[Generator, list[Body]]) -> None:
    generator, bodies = sent
    whole = [sample for sample in generator.samples if sample.last_body >= 0]
    assert len(whole) > 3
    in_each = [Counter(span.trace_id.hex() for span in spans_in([body])) for body in bodies]
    for sample in whole:
        counts = [in_body[sample.trace_id] for in_body in in_each]
        assert sum(counts) == sample.span_count
        assert counts[sample.last_body] > 0
        assert not any(counts[sample.last_body + 1 :])


def test_an_order_is_on_as_many_spans_as_is_said_and_in_one_trace(sent: tuple[Generator, list[Body]]) -> None:
    generator, bodies = sent
    by_order = defaultdict(list)
    for span in spans_in(bodies):
        for order in values_of(span, shop.ORDER_KEY):
            by_order[order].append(span.trace_id.hex())
    for sample in generator.samples:
        if sample.last_body >= 0:
            assert by_order[sample.order_id.encode()] == [sample.trace_id] * sample.order_span_count


def test_two_common_attributes_never_meet_on_one_span(sent: tuple[Generator, list[Body]]) -> None:
    (first_key, first), (second_key, second) = shop.COMMON_ON_SERVERS, shop.COMMON_ON_CLIENTS
    having = Counter(
        (first.encode() in values_of(span, first_key), second.encode() in values_of(span, second_key))
        for span in spans_in(sent[1])
    )
    assert having[True, True] == 0
    assert min(having[True, False], having[False, True]) > 0.1 * having.total()


def test_attributes_are_as_many_and_as_varied_as_those_of_real_services(sent: tuple[Generator, list[Body]]) -> None:
    spans = spans_in(sent[1])
    values = defaultdict(set)
    for span in spans:
        for entry in span.attributes:
            values[entry.key].add(entry.value.SerializeToString())
    assert 10.5 < sum(len(span.attributes) for span in spans) / len(spans) < 11.5
    assert len(values[b"network.protocol.version"]) == 1
    assert 4 <= len(values[b"user_agent.original"]) <= 16
    assert len(values[b"url.path"]) > 1_000
    assert len(values[b"user.id"]) > 1_000


def test_a_request_comes_from_one_process_or_from_all_through_a_collector(sent: tuple[Generator, list[Body]]) -> None:
    generator, bodies = sent
    groups = [len(wire.Request.FromString(body.content).resource_spans) for body in bodies]
    assert sum(groups) / len(groups) > 5 if generator.is_gathered else set(groups) == {1}


def test_spans_follow_the_clock(sent: tuple[Generator, list[Body]]) -> None:
    generator, bodies = sent
    starts = [span.start_time_unix_nano for span in spans_in(bodies)]
    assert all(START_NS <= start <= generator.now_ns + 10**10 for start in starts)
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans_in(bodies[:20]))
    assert min(starts[-BATCH:]) > max(starts[:BATCH])


def test_children_name_a_span_of_their_trace(sent: tuple[Generator, list[Body]]) -> None:
    generator, bodies = sent
    whole = {sample.trace_id for sample in generator.samples if sample.last_body >= 0}
    spans = [span for span in spans_in(bodies) if span.trace_id.hex() in whole]
    ids = {(span.trace_id, span.span_id) for span in spans}
    roots = [span for span in spans if not span.parent_span_id]
    assert len(roots) == len(whole)
    assert all((span.trace_id, span.parent_span_id) in ids for span in spans if span.parent_span_id)
