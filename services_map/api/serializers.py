"""The shapes of the answers, for the schema only: encode.py makes them, and tests hold the two together."""

from typing import Any

from rest_framework import serializers

from services_map.domain.calls.nodes import Connection, NodeKind
from traces.api.serializers import HexField, NanosecondsField


class CoveredSerializer(serializers.Serializer[Any]):
    start_ns = NanosecondsField()
    end_ns = NanosecondsField()


class CoverageSerializer(serializers.Serializer[Any]):
    covered = CoveredSerializer(help_text="The window, aligned outwards to whole slots.")
    covered_before = CoveredSerializer(help_text="The window that `before` is of.")
    level_ns = NanosecondsField(help_text="The length of a slot.")


class EstimateSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField(help_text="Where the true value lies in 95 of 100 such windows.")
    high = serializers.FloatField(allow_null=True, help_text="Null: the spans are too few to bound it.")


class PercentileSerializer(serializers.Serializer[Any]):
    ns = NanosecondsField(help_text="Within 1 %.")
    low_ns = NanosecondsField(help_text="Where the true value lies in 95 of 100 such windows.")
    high_ns = NanosecondsField(allow_null=True, help_text="Null: the spans are too few to bound it.")
    is_reliable = serializers.BooleanField(help_text="False: sampled, and too few for these bounds to be trusted.")


class FiguresSerializer(serializers.Serializer[Any]):
    span_count = serializers.IntegerField()
    calls = serializers.FloatField(help_text="What the spans stand for: more than there are, where they are sampled.")
    is_estimated = serializers.BooleanField(help_text="True: from sampled spans.")
    rate = EstimateSerializer(help_text="Calls a second.")
    error_share = EstimateSerializer(allow_null=True)
    p50 = PercentileSerializer(allow_null=True)
    p95 = PercentileSerializer(allow_null=True)
    p99 = PercentileSerializer(allow_null=True)
    max_ns = NanosecondsField(allow_null=True, help_text="At most 2 % too long.")


class ComparedSerializer(serializers.Serializer[Any]):
    figures = FiguresSerializer()
    before = FiguresSerializer(help_text="The equally long window before.")


_OF_REQUESTS = "False: nobody calls it, and the figures are of all of its spans."


class ServiceFiguresSerializer(ComparedSerializer):
    name = serializers.CharField()
    slot = serializers.IntegerField(help_text="The service's colour, for ever.")
    is_of_requests = serializers.BooleanField(help_text=_OF_REQUESTS)
    last_seen_ns = NanosecondsField(help_text="The start of the last slot with spans.")
    versions = serializers.ListField(child=serializers.CharField(), help_text="In the window, the latest first.")


class NodeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([kind.name.lower() for kind in NodeKind])
    name = serializers.CharField()


class PeerSerializer(NodeSerializer, ComparedSerializer):
    callers = serializers.ListField(child=serializers.CharField())


class ServicesFiguresSerializer(CoverageSerializer):
    services = ServiceFiguresSerializer(many=True)
    service_count = serializers.IntegerField(help_text="Of very many only the busiest are listed.")
    peers = PeerSerializer(many=True)
    peer_count = serializers.IntegerField()


class OperationNamesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()


class OperationFiguresSerializer(OperationNamesSerializer, ComparedSerializer):
    is_of_requests = serializers.BooleanField(help_text=_OF_REQUESTS)
    total_share = serializers.FloatField(help_text="Of the time that all operations of the service took.")


class OperationsFiguresSerializer(CoverageSerializer):
    operations = OperationFiguresSerializer(many=True)
    operation_count = serializers.IntegerField()
    left_out = FiguresSerializer(allow_null=True, help_text="Those beyond the limit together.")


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(allow_null=True, help_text="Null: spans that gave none.")
    first_start_ns = NanosecondsField(allow_null=True)
    last_start_ns = NanosecondsField(allow_null=True)


class StepsSerializer(serializers.Serializer[Any]):
    start_ns = NanosecondsField(help_text="Of the first step.")
    step_ns = NanosecondsField()


def _numbers(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), **more)


def _durations() -> serializers.ListField:
    return serializers.ListField(child=NanosecondsField(allow_null=True))


class SeriesSerializer(StepsSerializer):
    calls = _numbers(help_text="One a step.")
    failed = _numbers()
    p50_ns = _durations()
    p95_ns = _durations()
    p99_ns = _durations()
    max_ns = _durations()


class HeatmapRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="Its number, for `GET examples`.")
    low_ns = NanosecondsField()
    high_ns = NanosecondsField()


class HeatmapSerializer(StepsSerializer):
    rows = HeatmapRowSerializer(many=True)
    calls = serializers.ListField(child=_numbers(), help_text="A list a row, with a number a step.")
    failed = serializers.ListField(child=_numbers())


class SubjectSerializer(CoverageSerializer, ComparedSerializer):
    service = serializers.CharField()
    slot = serializers.IntegerField(help_text="The service's colour, for ever.")
    operations = OperationNamesSerializer(many=True, help_text="Those that are meant; none for a whole service.")
    is_of_requests = serializers.BooleanField(help_text=_OF_REQUESTS)
    versions = VersionSerializer(many=True)
    series = SeriesSerializer()
    heatmap = HeatmapSerializer()


class MapNodeSerializer(NodeSerializer):
    slot = serializers.IntegerField(allow_null=True, help_text="A service's colour.")
    figures = FiguresSerializer(allow_null=True)


class MapLinkSerializer(ComparedSerializer):
    caller = NodeSerializer()
    callee = NodeSerializer()
    connection = serializers.ChoiceField([connection.name.lower() for connection in Connection])
    unpaired_calls = serializers.FloatField(help_text="Those that the callee sent no span of its own for.")


class DependenciesSerializer(CoverageSerializer):
    nodes = MapNodeSerializer(many=True)
    links = MapLinkSerializer(many=True)
    link_count = serializers.IntegerField(help_text="Of very many only the busiest are listed.")


class ExampleSerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    span_id = HexField()
    duration_ns = NanosecondsField()
    row = serializers.IntegerField()
    is_error = serializers.BooleanField()


class ExamplesSerializer(serializers.Serializer[Any]):
    examples = ExampleSerializer(many=True)


class NamedOperationSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    operation = serializers.CharField()
    kind = serializers.CharField()


class BaselineWindowSerializer(serializers.Serializer[Any]):
    start = serializers.CharField(required=False)
    end = serializers.CharField(required=False)
    lookback = serializers.CharField(required=False)


class BaselineQuestionSerializer(serializers.Serializer[Any]):
    operations = NamedOperationSerializer(many=True)
    window = BaselineWindowSerializer(required=False)


class BaselineSerializer(NamedOperationSerializer):
    span_count = serializers.IntegerField()
    calls = serializers.FloatField()
    p50_ns = NanosecondsField(allow_null=True)
    p95_ns = NanosecondsField(allow_null=True)


class BaselinesSerializer(serializers.Serializer[Any]):
    operations = BaselineSerializer(many=True, help_text="In the order asked.")
