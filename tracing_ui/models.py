"""What the processes tell each other about their work."""

from django.db import models

MAX_ERROR_CHARS = 300


class TaskRun(models.Model):
    """A background task, by all workers together: how often it ran, and how it went the last time."""

    name = models.CharField(max_length=100, primary_key=True)
    runs = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    # How long the last run that ended took.
    seconds = models.FloatField(null=True)
    # The last failure's, in one line.
    error = models.CharField(max_length=MAX_ERROR_CHARS, default="")

    class Meta:
        db_table = "task_run"
