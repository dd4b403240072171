"""What was told before roles were referred to: each finds its role by the name that the role has or once had."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The names of the first roles, of which no history was written.
FIRST = {
    "On-call operations": "operations-on-call",
    "On-call support": "support-on-call",
    "Incident commander": "commander",
    "Customer liaison": "liaison",
    "Communications": "communications",
    "Executive sponsor": "executive-sponsor",
    "Customer-success lead": "success-lead",
}


def link(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """One statement for each name; whose name no role ever had keeps its words alone."""
    known = _names(apps)
    unlinked = apps.get_model("incidents", "Notification").objects.filter(role=None).exclude(told_as="")
    for name in list(unlinked.order_by().values_list("told_as", flat=True).distinct()):
        if name in known:
            unlinked.filter(told_as=name).update(role=known[name])


def _names(apps: StateApps) -> dict[str, int]:
    """The number of a role by each of its names; the present one stands before earlier ones, the later before those."""
    roles = apps.get_model("incidents", "IncidentRole").objects
    present = {name: pk for pk, name in roles.values_list("pk", "name")}
    slugs = {slug: pk for pk, slug in roles.values_list("pk", "slug")}
    earlier = apps.get_model("incidents", "HistoricalIncidentRole").objects.filter(id__in=slugs.values())
    once = {name: pk for pk, name in earlier.order_by("history_date", "history_id").values_list("id", "name")}
    first = {name: slugs[slug] for name, slug in FIRST.items() if slug in slugs}
    return slugs | first | once | present


class Migration(migrations.Migration):
    dependencies = [("incidents", "0022_notifications_name_roles")]

    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
