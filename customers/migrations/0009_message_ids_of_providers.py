"""The Message-ID that a provider put in place of ours stands beside the delivery."""

from importlib import import_module

from django.db import migrations, models

from crisisdesk.core.triggers import per_vendor

_drills = import_module("customers.migrations.0003_drills_never_reach_customers")
# SQLite makes the table anew for the column, and its triggers go with the old one.
_AGAIN = [statement for statement in _drills.SQLITE if " ON customers_delivery " in statement]


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_provider_events_have_a_retention")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="received_as",
            field=models.CharField(
                "received as",
                blank=True,
                db_default="",
                help_text="The Message-ID that readers see, when the provider put its own in place of ours.",
                max_length=200,
            ),
        ),
        per_vendor(postgresql=[], sqlite=_AGAIN),
    ]
