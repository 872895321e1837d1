"""The default organization and project, row 1 of each: where everything goes until there are more."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def create_defaults(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    organization = apps.get_model("traces", "Organization")
    project = apps.get_model("traces", "Project")
    default = organization.objects.create(slug="default")
    project.objects.create(organization=default, slug="default")


class Migration(migrations.Migration):
    dependencies = [("traces", "0001_initial")]
    operations = [migrations.RunPython(create_defaults, migrations.RunPython.noop)]
