"""Users, ingest keys, usage and the audit trail.

The tables stand from the first migration because a custom user model cannot be added later without pain; nothing
fills them while Tracing UI has no login.
"""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person, or a service account without a password."""

    class Kind(models.TextChoices):
        PERSON = "person"
        SERVICE = "service"

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.PERSON)

    class Meta:
        db_table = "user"


class IngestKey(models.Model):
    """Lets its holder append spans to one project. Only the SHA-256 of the secret is kept."""

    public_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="ingest_keys")
    name = models.CharField(max_length=128)
    kind = models.CharField(max_length=16, default="server")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ingest_key"


class UsageDay(models.Model):
    """What a project sent on a day."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="usage_days")
    day = models.DateField()
    span_count = models.BigIntegerField(default=0)
    byte_count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "usage_day"
        constraints = [models.UniqueConstraint(fields=["project", "day"], name="usage_is_counted_once_a_day")]


class AuditEvent(models.Model):
    """Somebody did something that must be found again. Rows are only added; each holds the hash of the one before."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=64)
    subject = models.TextField(default="")
    details = models.JSONField(default=dict)
    previous_hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_event"
        indexes = [models.Index(fields=["at"], name="audit_event_by_time")]


class Erasure(models.Model):
    """Spans that somebody ordered to be erased: hidden at once, rewritten later."""

    project = models.ForeignKey("traces.Project", on_delete=models.CASCADE, related_name="erasures")
    ordered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=timezone.now)
    selection = models.JSONField()
    completed_at = models.DateTimeField(null=True)
    certificate = models.JSONField(null=True)

    class Meta:
        db_table = "erasure"
