import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("traces", "0006_refusal_door"),
    ]

    operations = [
        # The default stands in the database: a process of the version before may still be opening partitions.
        migrations.AddField(
            model_name="partition",
            name="holds_pinned",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="PinnedTrace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("trace_id", models.BinaryField(max_length=16)),
                ("note", models.CharField(default="", max_length=500)),
                ("pinned_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="traces.project"
                    ),
                ),
            ],
            options={
                "db_table": "pinned_trace",
                "constraints": [
                    models.UniqueConstraint(fields=("project", "trace_id"), name="trace_is_pinned_once"),
                ],
            },
        ),
    ]
