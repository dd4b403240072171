"""A taxonomy to start from. Operations edits it in the console."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# slug, name, parent's slug, counts as a repeat, definition
STARTER = [
    ("change", "Change", "", True, "Something we changed on purpose brought the outage about."),
    ("deployment", "Deployment", "change", True, "A release of our own software, or its rollback, broke what worked before."),
    ("configuration", "Configuration", "change", True, "A setting, flag, certificate or access rule was wrong, missing or out of date."),
    ("data-change", "Data or schema change", "change", True, "A migration, import or clean-up of data broke or slowed what used the data."),
    ("capacity", "Capacity", "", True, "Demand outgrew what a resource, a limit or a quota could carry."),
    ("dependency", "Dependency or third party", "", True, "A service of another company that ours stands on failed or changed."),
    ("infrastructure", "Hardware or network", "", True, "A machine, disk, power supply, link or name service failed."),
    ("software-defect", "Software defect", "", True, "A fault that had been in our software for some time came to light under ordinary use."),
    ("security", "Security", "", True, "An attack, or our defence against one, took the service away or put data at risk."),
    ("procedure", "Human procedure", "", True, "A manual step was missing, unclear or open to a slip, and the way of working let the slip through."),
    ("monitoring", "Monitoring", "", True, "The fault was small, but nobody was told until it had become an outage."),
    ("unknown", "Unknown", "", False, "The cause was looked for and not found; the report says what was ruled out."),
]  # fmt: skip


def plant(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the starter taxonomy; what exists already stays as it is."""
    Cause = apps.get_model("postmortems", "Cause")
    for slug, name, parent, can_repeat, definition in STARTER:
        Cause.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "definition": definition,
                "can_repeat": can_repeat,
                "parent": Cause.objects.filter(slug=parent).first(),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0001_initial")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop, elidable=False)]
