"""Roles, a promise policy and incident types to begin with; all of them can be edited in the console."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ROLES = [
    ("operations-on-call", "On-call operations", "Operations", True, "Answers alerts, qualifies them, leads the repair."),
    ("support-on-call", "On-call support", "Support", True, "Hears of every alert and prepares to alert customers."),
    ("commander", "Incident commander", "Operations", False, "Decides. Keeps the overview, severity and scope."),
    ("liaison", "Customer liaison", "Support", False, "Writes and sends every message, and keeps its promises."),
    ("communications", "Communications", "Marketing communications", False, "Helps with words; approves templates."),
    ("executive-sponsor", "Executive sponsor", "Executives", False, "Brings resources; hears of missed promises."),
    ("success-lead", "Customer success lead", "Customer success", False, "Briefs account owners, calls customers."),
]
STEPS = [
    (-600, "remind", "liaison", "primary", ""),
    (-300, "escalate", "liaison", "backup", "The liaison has been reminded and has not sent it."),
    (-300, "escalate", "commander", "primary", "The liaison has been reminded and has not sent it."),
    (-120, "escalate", "liaison", "group", "Whoever reads this first: send the update."),
    (0, "miss", "executive-sponsor", "primary", ""),
]
TYPES = [
    ("Regional outage", "One or more services fail in a region.", "SEV1", 30),
    ("Degraded performance", "Services answer, but slowly or with errors.", "SEV3", 45),
    ("Data loss or security incident", "Data was lost, damaged or seen by somebody it was not meant for.", "SEV1", 30),
    ("Third-party provider", "Something we buy from somebody else has failed.", "SEV2", 45),
]


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create what is missing; what exists is left as it is."""
    role, policy = apps.get_model("incidents", "IncidentRole"), apps.get_model("incidents", "PromisePolicy")
    step, kind = apps.get_model("incidents", "PolicyStep"), apps.get_model("incidents", "IncidentType")
    roles = {}
    for slug, name, group, paged, text in ROLES:
        values = {"name": name, "group": group, "paged_on_alert": paged, "responsibilities": text}
        roles[slug] = role.objects.get_or_create(slug=slug, defaults=values)[0]
    default, created = policy.objects.get_or_create(severity="", defaults={"name": "Default"})
    if created:
        for offset, action, slug, whom, words in STEPS:
            step.objects.create(
                policy=default, offset_seconds=offset, action=action, role=roles[slug], whom=whom, words=words
            )
    for name, description, severity, minutes in TYPES:
        values = {
            "description": description,
            "default_severity": severity,
            "next_update_minutes": minutes,
            "lead_role": roles["commander"],
        }
        kind.objects.get_or_create(name=name, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_record_is_insert_only")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
