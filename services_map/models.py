"""The tables of roll-ups. Rows are sums; docs/adr/0012 says how they stay exact."""

from django.db import models
from django.utils import timezone


class Subject(models.IntegerChoices):
    """What a histogram is of; `subject` is the id of that."""

    OPERATION = 0
    SERVICE = 1
    LINK = 2


class MapNode(models.Model):
    """An end of dependency links: see `domain.calls.nodes.NodeKind`."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    kind = models.SmallIntegerField()
    name = models.TextField()
    name_hash = models.BinaryField(max_length=16)

    class Meta:
        db_table = "map_node"
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name_hash"], name="node_is_unique_in_project"),
        ]


class MapLink(models.Model):
    """A dependency link: see `domain.calls.nodes.Edge`. Its figures are histograms of subject LINK."""

    caller = models.ForeignKey(MapNode, on_delete=models.CASCADE, related_name="+")
    callee = models.ForeignKey(MapNode, on_delete=models.CASCADE, related_name="+")
    connection = models.SmallIntegerField()

    class Meta:
        db_table = "map_link"
        constraints = [
            models.UniqueConstraint(fields=["caller", "callee", "connection"], name="link_is_unique"),
        ]


class ServiceVersion(models.Model):
    """A `service.version` that spans came with. `number` counts a service's versions from 1."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    service = models.BigIntegerField()
    number = models.IntegerField()
    version = models.TextField()
    version_hash = models.BinaryField(max_length=16)
    first_start_ns = models.BigIntegerField()
    last_start_ns = models.BigIntegerField()

    class Meta:
        db_table = "service_version"
        constraints = [
            models.UniqueConstraint(fields=["service", "version_hash"], name="version_is_unique_in_service"),
            models.UniqueConstraint(fields=["service", "number"], name="version_number_is_unique_in_service"),
        ]


class LatencyHistogram(models.Model):
    """Spans of one subject that started in one slot of time, as `domain.latency.cells` packs them.

    `level_s` is the length of the slot in seconds, `start_s` its start since 1970.
    """

    pk = models.CompositePrimaryKey("project_id", "subject_kind", "level_s", "subject", "start_s")
    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    subject_kind = models.SmallIntegerField(choices=Subject.choices)
    level_s = models.IntegerField()
    subject = models.BigIntegerField()
    start_s = models.BigIntegerField()
    cells = models.BinaryField()
    weights = models.BinaryField()
    examples = models.BinaryField()

    class Meta:
        db_table = "latency_histogram"
        indexes = [models.Index(fields=["level_s", "start_s"], name="histogram_by_age")]


class RollUpState(models.Model):
    """How far a project's roll-ups are. `generation` counts the transactions that changed them.

    Whoever writes raises it from the value that it began with, or writes nothing: so only one ever builds on a state.
    `held_until` keeps others from computing what they could not write.
    """

    project = models.OneToOneField("traces.Project", on_delete=models.CASCADE, primary_key=True, related_name="+")
    generation = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=64, default="")
    held_until = models.DateTimeField(null=True)
    span_count = models.BigIntegerField(default=0)
    newest_received_ns = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    # Whether clients and servers were seen that share an id: see `domain.calls.pairing.pair`.
    ids_are_shared = models.BooleanField(default=False)

    class Meta:
        db_table = "roll_up_state"


class OpenEnd(models.Model):
    """A span that waits for the one that called it, or that it called: see `domain.calls.pairing.End`.

    `trace_key` stands for the trace in which the partner is looked for. Until `due_s` (seconds since 1970) it is not
    counted; afterwards it is kept a while in case the partner comes late.
    """

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    trace_key = models.BigIntegerField()
    due_s = models.BigIntegerField()
    is_settled = models.BooleanField()
    body = models.BinaryField()

    class Meta:
        db_table = "open_end"
        indexes = [
            models.Index(fields=["project", "trace_key"], name="open_end_by_trace"),
            models.Index(fields=["project", "is_settled", "due_s"], name="open_end_by_due_time"),
        ]


class MapLayout(models.Model):
    """Where a dependency map of one topology is drawn: the next map starts from the latest, so that nodes stay."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    topology_hash = models.BinaryField(max_length=16)
    # `kept_layouts` packs it.
    layout = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "map_layout"
        constraints = [
            models.UniqueConstraint(fields=["project", "topology_hash"], name="layout_is_unique_for_topology"),
        ]


class SamplingRule(models.Model):
    """What somebody decided here: see `domain.sampling.strategy.Rule`."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    service = models.TextField(blank=True)
    operation = models.TextField(blank=True)
    # Of service and operation together, which may be longer than an index takes.
    subject_hash = models.BinaryField(max_length=16)
    kind = models.SmallIntegerField()
    param = models.FloatField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "sampling_rule"
        constraints = [
            models.UniqueConstraint(fields=["project", "subject_hash"], name="sampling_rule_is_unique_for_subject"),
        ]


class SampledOperation(models.Model):
    """How traces that begin with an operation are sampled where the load decides: see `domain.sampling.adaptive`."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="+")
    service = models.TextField()
    operation = models.TextField(blank=True)
    # Of service and operation together, which may be longer than an index takes.
    subject_hash = models.BinaryField(max_length=16)
    probability = models.FloatField()
    arriving_per_second = models.FloatField()
    sent_per_second = models.FloatField()
    target_per_second = models.FloatField()
    error_share = models.FloatField()
    # `domain.sampling.adaptive.Reason`.
    reason = models.SmallIntegerField()
    # What it was told and from when on; `sampled_operations` packs it.
    told = models.BinaryField()
    seen_s = models.BigIntegerField()
    measured_s = models.BigIntegerField()

    class Meta:
        db_table = "sampled_operation"
        constraints = [
            models.UniqueConstraint(fields=["project", "subject_hash"], name="sampled_operation_is_unique"),
        ]


class SamplingState(models.Model):
    """When the probabilities of a project were last made to follow the load. `generation` counts these times.

    Whoever writes raises it from the value that it began with, or writes nothing.
    """

    project = models.OneToOneField("traces.Project", on_delete=models.CASCADE, primary_key=True, related_name="+")
    generation = models.BigIntegerField(default=0)
    adapted_s = models.BigIntegerField(default=0)

    class Meta:
        db_table = "sampling_state"
