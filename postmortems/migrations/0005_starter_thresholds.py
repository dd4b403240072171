"""Thresholds to start from; what was said and published, and who read what, can't be changed."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from crisisdesk.core.triggers import insert_only

# severity (or worse), outages of one cause within the window
STARTER = [("SEV1", 2), ("SEV2", 3), ("SEV3", 4), ("SEV4", 6)]


def plant(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the starter thresholds; what exists already stays as it is."""
    ReviewThreshold = apps.get_model("postmortems", "ReviewThreshold")
    for severity, outages in STARTER:
        ReviewThreshold.objects.get_or_create(severity=severity, defaults={"outages": outages})


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0002_starter_causes")]

    operations = [
        migrations.RunPython(plant, migrations.RunPython.noop, elidable=False),
        insert_only("postmortems_reviewcomment"),
        insert_only("postmortems_reviewview"),
        insert_only("postmortems_addedmoment"),
        insert_only("postmortems_editionversion"),
        insert_only("postmortems_attachmentcontent"),
    ]
