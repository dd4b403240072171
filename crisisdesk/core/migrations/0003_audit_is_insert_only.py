"""The database refuses to change or remove what the audit trail holds."""

from django.db import migrations

from crisisdesk.core.triggers import insert_only


class Migration(migrations.Migration):
    dependencies = [("core", "0002_groups")]

    operations = [insert_only("core_auditentry"), insert_only("core_auditseal")]
