"""An address that somebody had erased is known again, without being kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_find_contacts_by_name")]

    operations = [
        migrations.CreateModel(
            name="ErasedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
