"""Names of people at customers are looked up in the customer edition of a post-mortem."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_confirmed_addresses")]

    operations = [
        migrations.AddIndex(model_name="contact", index=models.Index(fields=["name"], name="contact_by_name")),
    ]
