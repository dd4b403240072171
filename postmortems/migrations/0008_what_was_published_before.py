"""What was computed and published so far is taken over; what was said stays said."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

from crisisdesk.core.triggers import insert_only


def take_over(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Postmortem = apps.get_model("postmortems", "Postmortem")
    EditionVersion = apps.get_model("postmortems", "EditionVersion")
    Postmortem.objects.update(
        computed_customers=F("customers_count"),
        computed_contacts=F("contacts_count"),
        computed_minutes=F("customer_minutes"),
    )
    for row in Postmortem.objects.exclude(published_update=None).select_related("published_update").iterator():
        update = row.published_update
        EditionVersion.objects.create(
            postmortem=row,
            number=1,
            subject=update.subject,
            body=update.body,
            by_mail=True,
            update=update,
            published_at=update.sent_at,
            published_by_name=update.sent_by_name,
            approved_by_name=row.edition_approved_by_name,
        )


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0007_printouts_attachments_versions")]

    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop),
        insert_only("postmortems_addedmoment"),
        insert_only("postmortems_editionversion"),
        insert_only("postmortems_attachmentcontent"),
    ]
