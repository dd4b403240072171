"""Roles and a promise policy to start with; people change them in the console."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# slug, name, group, paged on alert, responsibilities
ROLES = [
    (
        "operations-on-call",
        "On-call operations",
        "Operations",
        True,
        "Acknowledges alerts, looks at what is wrong and qualifies: an outage, none, or too brief to alert.",
    ),
    (
        "support-on-call",
        "On-call support",
        "Support",
        True,
        "Hears of every alert at once, takes customers' reports, and is ready to write when an incident is declared.",
    ),
    (
        "commander",
        "Incident commander",
        "Operations",
        False,
        "Leads the incident: severity, affected services, diagnosis and mitigation, and the green light at the end.",
    ),
    (
        "liaison",
        "Customer liaison",
        "Support",
        False,
        "Writes to the affected customers, promises the time of the next update and keeps that promise.",
    ),
    (
        "communications",
        "Communications",
        "Marketing communications",
        False,
        "Keeps the templates approved, helps with words during an incident and with the customers' post-mortem.",
    ),
    (
        "executive-sponsor",
        "Executive sponsor",
        "Executives",
        False,
        "Finds resources, hears of every missed promise, reads the post-mortem and asks why it happened again.",
    ),
    (
        "success-lead",
        "Customer-success lead",
        "Customer success",
        False,
        "Talks to the accounts that are hit hardest, with what Support has told them at hand.",
    ),
]

# seconds from the due time, action, role, whom, words
STEPS = [
    (-600, "remind", "liaison", "primary", ""),
    (-300, "escalate", "liaison", "backup", "The liaison has not sent it yet; ask, or take over."),
    (-300, "escalate", "commander", "primary", "Support needs something to say: give it the findings you have."),
    (-120, "escalate", "support-on-call", "group", "Whoever reads this first sends it."),
    (0, "miss", "executive-sponsor", "primary", ""),
]


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create what is missing; whatever people have made already stays as it is."""
    role_model = apps.get_model("incidents", "IncidentRole")
    for slug, name, group, paged, responsibilities in ROLES:
        role_model.objects.get_or_create(
            slug=slug,
            defaults={"name": name, "group": group, "paged_on_alert": paged, "responsibilities": responsibilities},
        )
    roles = {role.slug: role for role in role_model.objects.all()}
    policy, is_new = apps.get_model("incidents", "PromisePolicy").objects.get_or_create(
        severity="", defaults={"name": "Default"}
    )
    if is_new:
        step_model = apps.get_model("incidents", "PolicyStep")
        for seconds, action, role, whom, words in STEPS:
            step_model.objects.create(
                policy=policy, offset_seconds=seconds, action=action, role=roles[role], whom=whom, words=words
            )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_record_is_insert_only")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
