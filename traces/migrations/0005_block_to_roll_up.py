"""The queue of blocks that roll-ups have not counted yet. All blocks that are there come first."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# By a partition's number. What was replaced or has expired is out of use.
QUEUE_BLOCKS = """
    INSERT INTO block_to_roll_up (project_id, block, span_count, received_ns, from_ns, ready_at_ns, sign)
    SELECT project, id, span_count, received_ns, 0, 0, 1 FROM block_{} ORDER BY id
"""


def queue_blocks(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    in_use = apps.get_model("traces", "Partition").objects.filter(expired_at=None)
    for partition in in_use.order_by("pk").values_list("pk", flat=True):
        schema_editor.execute(QUEUE_BLOCKS.format(partition))


class Migration(migrations.Migration):
    dependencies = [("traces", "0004_refusal")]
    operations = [
        migrations.CreateModel(
            name="BlockToRollUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="traces.project",
                    ),
                ),
                ("block", models.BigIntegerField(null=True, unique=True)),
                ("span_count", models.IntegerField()),
                ("received_ns", models.BigIntegerField()),
                ("from_ns", models.BigIntegerField(default=0)),
                ("ready_at_ns", models.BigIntegerField(default=0)),
                ("sign", models.SmallIntegerField(default=1)),
                ("body", models.BinaryField(null=True)),
            ],
            options={
                "db_table": "block_to_roll_up",
                "indexes": [models.Index(fields=["project", "id"], name="block_to_roll_up_in_order")],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("count", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "tally"},
        ),
        migrations.RunPython(queue_blocks, migrations.RunPython.noop),
    ]
