"""Of two contacts who are one person, one becomes a part of the other; or somebody says that they are two."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0015_erased_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by_name", models.CharField(max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="customers.contact",
            ),
        ),
        migrations.AddField(
            model_name="historicalcontact",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.contact",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="contact_part_of"
            ),
        ),
        migrations.AddField(
            model_name="personverdict",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.contact"
            ),
        ),
        migrations.AddField(
            model_name="personverdict",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.contact"
            ),
        ),
        migrations.AddConstraint(
            model_name="personverdict",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="one_verdict_per_pair_of_people"),
        ),
        migrations.AddConstraint(
            model_name="personverdict",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="people_are_in_the_order_of_their_ids"
            ),
        ),
    ]
