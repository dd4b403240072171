"""Providers' reports are insert-only, but for the retention: what is older than 30 days may go."""

from django.db import migrations, models

from crisisdesk.core.triggers import insert_only_for


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_unreached_customers")]

    operations = [
        migrations.AddIndex(
            model_name="providerevent",
            index=models.Index(fields=["received_at"], name="provider_event_by_age"),
        ),
        insert_only_for("customers_providerevent", column="received_at", days=30),
    ]
