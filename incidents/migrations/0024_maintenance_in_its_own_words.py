"""Messages about maintenance say so, and not that a problem is being looked into; the starter template is one."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from crisisdesk.core.triggers import per_vendor

NAME = "Maintenance"
# SQLite makes a table anew for its new columns, and loses its triggers (see 0002_record_is_insert_only).
SQLITE_UPDATE = """
CREATE TRIGGER incidents_update_drill_{event} BEFORE {event} ON incidents_update
WHEN NEW.message_id IS NOT NULL
 AND (SELECT is_drill FROM incidents_incident WHERE id = NEW.incident_id)
     IS NOT (SELECT is_drill FROM customers_message WHERE id = NEW.message_id)
BEGIN SELECT RAISE(ABORT, 'the message of a drill must be a drill, and of no drill none'); END
"""
CREATED = [SQLITE_UPDATE.format(event=event) for event in ("INSERT", "UPDATE")]
DROPPED = [f"DROP TRIGGER incidents_update_drill_{event}" for event in ("INSERT", "UPDATE")]


def mark_starter(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The starter template and its translations."""
    template = apps.get_model("incidents", "Template")
    original = template.objects.filter(name=NAME, kind="initial", translation_of=None).first()
    if original is not None:
        template.objects.filter(models.Q(pk=original.pk) | models.Q(translation_of=original)).update(
            is_maintenance=True
        )


def field() -> models.BooleanField:
    """The same for each model."""
    return models.BooleanField(
        db_default=False,
        default=False,
        help_text="Customers read “Maintenance under way” in place of the status, and no word of a problem.",
        verbose_name="about maintenance",
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0023_link_notifications_to_roles")]

    operations = [
        per_vendor(postgresql=[], sqlite=DROPPED, undo_sqlite=CREATED),
        *(
            migrations.AddField(model_name=name, name="is_maintenance", field=field())
            for name in ("draft", "historicaltemplate", "historicalupdate", "template", "update")
        ),
        per_vendor(postgresql=[], sqlite=CREATED, undo_sqlite=DROPPED),
        migrations.RunPython(mark_starter, migrations.RunPython.noop),
    ]
