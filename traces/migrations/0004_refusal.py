"""Where the collector notes which requests it refused, for the pages to say so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("traces", "0003_merging")]
    operations = [
        migrations.CreateModel(
            name="Refusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("door", models.CharField(max_length=8)),
                ("kind", models.CharField(max_length=16)),
                ("answer", models.CharField(max_length=24)),
                ("target", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=300)),
                ("refused_ns", models.BigIntegerField()),
            ],
            options={
                "db_table": "refusal",
                "constraints": [
                    models.UniqueConstraint(fields=("door", "kind"), name="refusal_is_the_latest_of_its_kind")
                ],
            },
        ),
    ]
