"""What background tasks did, for pages and metrics."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="TaskRun",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("runs", models.BigIntegerField(default=0)),
                ("failures", models.BigIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("seconds", models.FloatField(null=True)),
                ("error", models.CharField(default="", max_length=300)),
            ],
            options={"db_table": "task_run"},
        ),
    ]
