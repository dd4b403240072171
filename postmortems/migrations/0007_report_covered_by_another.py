"""A report that another one covers, since their incidents were merged."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0022_notifications_name_roles"),
        ("postmortems", "0006_report_is_a_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="postmortem",
            name="approved_postmortem_has_its_time",
        ),
        migrations.RemoveConstraint(
            model_name="postmortem",
            name="approved_postmortem_has_a_cause",
        ),
        migrations.AddField(
            model_name="historicalpostmortem",
            name="covered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="historicalpostmortem",
            name="covered_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The report that took over what stood here; empty until there is one to write on.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="postmortems.postmortem",
            ),
        ),
        migrations.AddField(
            model_name="postmortem",
            name="covered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="postmortem",
            name="covered_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The report that took over what stood here; empty until there is one to write on.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="covers",
                to="postmortems.postmortem",
            ),
        ),
        migrations.AlterField(
            model_name="historicalpostmortem",
            name="state",
            field=models.CharField(
                choices=[
                    ("drafting", "being written"),
                    ("approved", "approved"),
                    ("published", "published"),
                    ("covered", "covered by another"),
                ],
                default="drafting",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="postmortem",
            name="state",
            field=models.CharField(
                choices=[
                    ("drafting", "being written"),
                    ("approved", "approved"),
                    ("published", "published"),
                    ("covered", "covered by another"),
                ],
                default="drafting",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="postmortem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "covered"),
                    models.Q(("approved_at", None), ("state", "drafting")),
                    models.Q(models.Q(("state", "drafting"), _negated=True), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="approved_postmortem_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="postmortem",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["drafting", "covered"]), ("cause__isnull", False), _connector="OR"),
                name="approved_postmortem_has_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="postmortem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("covered_at__isnull", False), ("state", "covered")),
                    models.Q(models.Q(("state", "covered"), _negated=True), ("covered_at", None), ("covered_by", None)),
                    _connector="OR",
                ),
                name="covered_postmortem_has_its_time",
            ),
        ),
    ]
