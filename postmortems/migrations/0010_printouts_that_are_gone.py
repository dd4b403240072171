"""A PDF that is no longer kept says so; only the choices change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0009_verdicts_on_alerts")]

    operations = [
        migrations.AlterField(
            model_name="printout",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "being made"),
                    ("ready", "ready"),
                    ("failed", "failed"),
                    ("gone", "no longer kept"),
                ],
                default="queued",
                max_length=6,
            ),
        ),
    ]
