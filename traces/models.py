"""The tables with one row a name or a partition. The tables with rows a span, a trace or a block live in time
partitions, created by `traces.storage.partitions`; docs/adr/0003 says why.
"""

import secrets

from django.db import models
from django.utils import timezone

from traces.domain.pin import MAX_NOTE_CHARS
from traces.domain.refusal import MAX_REASON_CHARS, MAX_TARGET_CHARS


def new_token_seed() -> int:
    """A 63-bit seed for a project's attribute tokens, so that nobody can construct collisions."""
    return secrets.randbits(63)


class Organization(models.Model):
    """Who owns projects. Row 1 is the default."""

    slug = models.SlugField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "organization"


class Project(models.Model):
    """The tenant: everything that is kept belongs to exactly one. Row 1 is the default."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="projects")
    slug = models.SlugField(max_length=64)
    token_seed = models.BigIntegerField(default=new_token_seed)
    # Counts the transactions that added names to its catalogue: readers look here for changes.
    catalogue_version = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "project"
        constraints = [
            models.UniqueConstraint(fields=["organization", "slug"], name="project_slug_is_unique_in_organization"),
        ]


class Service(models.Model):
    """A `service.name`. `slot` is its colour (0 to 11): the least used one at first sight, kept for ever."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="services")
    name = models.TextField()
    name_hash = models.BinaryField(max_length=16)
    slot = models.SmallIntegerField()
    first_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "service"
        constraints = [
            # Over the hash: PostgreSQL cannot index a text beyond 2.7 kB, and senders send such names.
            models.UniqueConstraint(fields=["project", "name_hash"], name="service_name_is_unique_in_project"),
        ]


class Operation(models.Model):
    """A span name as one service uses it: (service, name, kind)."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="operations")
    name = models.TextField()
    name_hash = models.BinaryField(max_length=16)
    kind = models.IntegerField()

    class Meta:
        db_table = "operation"
        constraints = [
            models.UniqueConstraint(fields=["service", "name_hash", "kind"], name="operation_is_unique_in_service"),
        ]


class Resource(models.Model):
    """A distinct resource: `body` is its OTLP message, `schema_url` belongs to it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="resources")
    fingerprint = models.BinaryField(max_length=16)
    body = models.BinaryField()
    schema_url = models.BinaryField(default=b"")

    class Meta:
        db_table = "resource"
        constraints = [
            models.UniqueConstraint(fields=["service", "fingerprint"], name="resource_is_unique_in_service"),
        ]


class Scope(models.Model):
    """A distinct instrumentation scope: `body` is its OTLP message, `schema_url` belongs to it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="scopes")
    fingerprint = models.BinaryField(max_length=16)
    body = models.BinaryField()
    schema_url = models.BinaryField(default=b"")

    class Meta:
        db_table = "scope"
        constraints = [
            models.UniqueConstraint(fields=["project", "fingerprint"], name="scope_is_unique_in_project"),
        ]


class AttributeKey(models.Model):
    """A key that spans, events or links have. Keys beyond a project's first 10,000 are not listed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="attribute_keys")
    place = models.SmallIntegerField()
    key = models.TextField()
    key_hash = models.BinaryField(max_length=16)

    class Meta:
        db_table = "attribute_key"
        constraints = [
            models.UniqueConstraint(fields=["project", "place", "key_hash"], name="attribute_key_is_unique_in_place"),
        ]


class Partition(models.Model):
    """A stretch of blocks in tables of its own: block ids `id * 2^20` and up, spans `block * 2^20` and up.

    Exactly one is open for writing. The bounds are never narrower than what is committed. What is being made, or
    was replaced, or is too old, is not in use: nobody looks for its spans, and `expired_at` says when it may go.
    """

    layout = models.SmallIntegerField()
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    # All that is done to a closed partition is done: its small blocks are merged, its attributes are indexed.
    sealed_at = models.DateTimeField(null=True)
    # Null while it is in use; else its tables may be dropped from then on.
    expired_at = models.DateTimeField(null=True)
    # A worker is sealing it, and is believed to live until then.
    claimed_until = models.DateTimeField(null=True)
    # It has only spans of pinned traces, which retention spared, and it is spared as a whole.
    holds_pinned = models.BooleanField(default=False, db_default=False)
    # The number of the partition whose spans these were before they were merged: its place in the order of arrival.
    replaces = models.BigIntegerField(null=True)
    next_block = models.IntegerField(default=0)
    span_count = models.BigIntegerField(default=0)
    min_start_ns = models.BigIntegerField(null=True)
    max_start_ns = models.BigIntegerField(null=True)
    newest_received_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "partition"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(closed_at=None), name="only_one_partition_is_open"
            ),
        ]

    @property
    def position(self) -> int:
        """Its place in the order of arrival."""
        return self.replaces or self.pk


class StoredRequest(models.Model):
    """The fingerprint of a committed request, for a while: an exporter that saw no answer sends it again."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=16)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "stored_request"
        constraints = [
            models.UniqueConstraint(fields=["project", "fingerprint"], name="request_is_stored_once"),
        ]
        indexes = [models.Index(fields=["received_at"], name="request_by_arrival")]


class BlockToRollUp(models.Model):
    """A block that no roll-up has counted yet, or, with `sign` -1, spans that were deleted and are counted no more.

    What was deleted is in `body`: zstd of its OTLP. `block` is the physical one: its partition may be out of use.
    """

    # Without a constraint: it would be checked at every commit of ingest.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    block = models.BigIntegerField(null=True, unique=True)
    span_count = models.IntegerField()
    received_ns = models.BigIntegerField()
    # Spans that start earlier are not counted.
    from_ns = models.BigIntegerField(default=0)
    ready_at_ns = models.BigIntegerField(default=0)
    sign = models.SmallIntegerField(default=1)
    # The last column: whoever counts the queue does not read what is behind it.
    body = models.BinaryField(null=True)

    class Meta:
        db_table = "block_to_roll_up"
        indexes = [models.Index(fields=["project", "id"], name="block_to_roll_up_in_order")]


class PinnedTrace(models.Model):
    """A trace that retention spares, and what somebody wrote down about it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    trace_id = models.BinaryField(max_length=16)
    note = models.CharField(max_length=MAX_NOTE_CHARS, default="")
    pinned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "pinned_trace"
        constraints = [models.UniqueConstraint(fields=["project", "trace_id"], name="trace_is_pinned_once")]


class Tally(models.Model):
    """What was counted since the store was made, for operators; `traces.storage.tallies` names them."""

    name = models.CharField(max_length=40, unique=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "tally"


class Refusal(models.Model):
    """The latest request of its kind that a door refused: a row a kind, however many were refused."""

    door = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    answer = models.CharField(max_length=24)
    target = models.CharField(max_length=MAX_TARGET_CHARS)
    reason = models.CharField(max_length=MAX_REASON_CHARS)
    refused_ns = models.BigIntegerField()

    class Meta:
        db_table = "refusal"
        constraints = [
            models.UniqueConstraint(fields=["door", "kind"], name="refusal_is_the_latest_of_its_kind"),
        ]
