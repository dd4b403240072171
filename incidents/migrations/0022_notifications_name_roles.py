"""Notifications refer to the role they were made for; what it was called then stays beside it, in its old column."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_words_that_claim_nothing")]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="role",
            field=models.CharField(
                blank=True, db_column="role", help_text="What the role was called when they were told.", max_length=80
            ),
        ),
        migrations.RenameField(model_name="notification", old_name="role", new_name="told_as"),
        migrations.AddField(
            model_name="notification",
            name="role",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.incidentrole",
            ),
        ),
    ]
