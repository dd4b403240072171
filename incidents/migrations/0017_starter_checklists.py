"""Checklists as rows: what people wrote moves over, and the starter types get theirs."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from incidents.migrations._starter_checklists import COMMON, TYPES

# How the fields of the first starter types began, by the name of the type: those give way to the richer lists.
FORMER = {
    "Regional outage": "Which regions and services are hit?",
    "Degraded performance": "Which requests are slow or fail, since when?",
    "Third-party provider": "What does the provider's status page say, when is its next update?",
}
FORMER_BOTH = "Data loss or security incident"
PHASES = ("qualify", "investigating", "identified", "monitoring", "resolved", "after")


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add items and missing types; where the desk is in use, no row that is there changes."""
    types = apps.get_model("incidents", "IncidentType")
    item = apps.get_model("incidents", "ChecklistItem")
    roles = {role.slug: role for role in apps.get_model("incidents", "IncidentRole").objects.all()}
    is_fresh = not apps.get_model("incidents", "Incident").objects.exists()
    if is_fresh:
        # Nobody has used the type that two of the six now stand for.
        types.objects.filter(
            name=FORMER_BOTH, default_severity="SEV1", next_update_minutes=30, policy=None, bridge_url="", template=None
        ).delete()
    for row in types.objects.exclude(checklist=""):
        if not row.checklist.startswith(FORMER.get(row.name, "\0")):
            lines = [line.strip()[:200] for line in row.checklist.splitlines() if line.strip()]
            item.objects.bulk_create(
                item(incident_type=row, phase="investigating", position=10 * number, text=line)
                for number, line in enumerate(lines, 1)
            )
    for name, severity, minutes, description, told, phases in TYPES:
        row, is_new = types.objects.get_or_create(
            name=name,
            defaults={
                "default_severity": severity,
                "next_update_minutes": minutes,
                "description": description,
                "lead_role": roles.get("commander"),
            },
        )
        if is_new or is_fresh:
            row.told_roles.add(*(roles[slug] for slug in told if slug in roles))
        if not row.items.exists():
            item.objects.bulk_create(_items(item, row, phases, roles))


def _items(item: Any, row: Any, phases: dict[str, list[str]], roles: dict[str, Any]) -> list[Any]:
    made = []
    for phase in PHASES:
        for number, line in enumerate([*COMMON.get(phase, []), *phases.get(phase, [])], 1):
            text, _, role = line.partition(" @")
            made.append(item(incident_type=row, phase=phase, position=10 * number, text=text, role=roles.get(role)))
    return made


class Migration(migrations.Migration):
    dependencies = [("incidents", "0016_types_and_tracks")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
