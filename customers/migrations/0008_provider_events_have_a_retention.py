"""Providers' reports are insert-only, but for the retention: what is older than 30 days may go."""

from django.db import migrations

from crisisdesk.core.triggers import insert_only_for


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_drills_never_reach_customers")]

    operations = [insert_only_for("customers_providerevent", column="received_at", days=30)]
