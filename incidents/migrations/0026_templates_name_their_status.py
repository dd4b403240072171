"""Words that hold only at one status say so; the starter words about a cause do."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STARTERS = {"Progress, cause not known yet": "investigating", "Progress, cause found": "identified"}


def mark_starters(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The starter templates and their translations."""
    template = apps.get_model("incidents", "Template")
    for name, status in STARTERS.items():
        named = models.Q(name=name) | models.Q(translation_of__name=name)
        template.objects.filter(named, kind="progress").update(status=status)


def field() -> models.CharField:  # type: ignore[type-arg]
    """The same for each model."""
    return models.CharField(
        blank=True,
        choices=[
            ("investigating", "Investigating"),
            ("identified", "Identified"),
            ("monitoring", "Monitoring"),
        ],
        db_default="",
        default="",
        help_text="Words that hold only then, such as “we have found the cause”. They are never proposed earlier, and "
        "whoever chooses them says this status to customers.",
        max_length=14,
        verbose_name="for the status",
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0025_end_of_the_maintenance")]

    operations = [
        *(
            migrations.AddField(model_name=name, name="status", field=field())
            for name in ("historicaltemplate", "template")
        ),
        migrations.RunPython(mark_starters, migrations.RunPython.noop),
    ]
