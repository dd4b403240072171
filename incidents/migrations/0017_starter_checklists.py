"""Incident types to start with, each with its checklist; people change them in the console."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from incidents.migrations._starter_checklists import COMMON, TYPES

PHASES = ("qualify", "investigating", "identified", "monitoring", "resolved", "after")


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the types with their items where a name is not taken."""
    types = apps.get_model("incidents", "IncidentType")
    item = apps.get_model("incidents", "ChecklistItem")
    roles = {role.slug: role for role in apps.get_model("incidents", "IncidentRole").objects.all()}
    for name, severity, minutes, description, told, phases in TYPES:
        row, is_new = types.objects.get_or_create(
            name=name,
            defaults={
                "default_severity": severity,
                "next_update_minutes": minutes,
                "description": description,
                "lead_role": roles["commander"],
            },
        )
        if is_new:
            row.told_roles.add(*(roles[slug] for slug in told))
            item.objects.bulk_create(_items(item, row, phases, roles))


def _items(item: Any, row: Any, phases: dict[str, list[str]], roles: dict[str, Any]) -> list[Any]:
    made = []
    for phase in PHASES:
        for number, line in enumerate([*COMMON.get(phase, []), *phases.get(phase, [])], 1):
            text, _, role = line.partition(" @")
            made.append(item(incident_type=row, phase=phase, position=10 * number, text=text, role=roles.get(role)))
    return made


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_starter_words_in_german_and_french")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
