"""Small blocks of closed partitions are merged: what the catalogue knows of that, and PostgreSQL's fence."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# A writer that reserved a block before the partition was closed may come when it is being merged already. Its
# transaction fails, as if the connection were lost, and the client sends the spans again.
REFUSE_LATE_BLOCK = """
    CREATE OR REPLACE FUNCTION refuse_late_block() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The partition of % is closed.', TG_TABLE_NAME
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END
    $$
"""


def create_fence(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REFUSE_LATE_BLOCK, params=None)


class Migration(migrations.Migration):
    dependencies = [("traces", "0002_default_project")]
    operations = [
        migrations.AddField("partition", "replaces", models.BigIntegerField(null=True)),
        migrations.AddField("partition", "claimed_until", models.DateTimeField(null=True)),
        migrations.RunPython(create_fence, migrations.RunPython.noop),
    ]
