"""Layouts of the dependency map that were drawn before."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("services_map", "0002_rolling_up"),
        ("traces", "0004_refusal"),
    ]

    operations = [
        migrations.CreateModel(
            name="MapLayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topology_hash", models.BinaryField(max_length=16)),
                ("layout", models.BinaryField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="traces.project"
                    ),
                ),
            ],
            options={
                "db_table": "map_layout",
                "constraints": [
                    models.UniqueConstraint(fields=("project", "topology_hash"), name="layout_is_unique_for_topology")
                ],
            },
        ),
    ]
