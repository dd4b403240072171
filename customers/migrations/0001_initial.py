import uuid

import django.db.models.deletion
import django.db.models.functions.text
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import crisisdesk.core.zones
import customers.languages
import customers.models.fields
from crisisdesk.core.tables import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Region",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=100)),
                    ],
                    options={
                        "ordering": ["slug"],
                    },
                ),
                migrations.CreateModel(
                    name="SendingQuota",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=300, unique=True)),
                        ("since", models.DateTimeField()),
                        ("used", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "verbose_name_plural": "sending quotas",
                    },
                ),
                migrations.CreateModel(
                    name="Customer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "reference",
                            models.CharField(
                                help_text="The key of this customer in your CRM or billing; imports match on it.",
                                max_length=64,
                                unique=True,
                            ),
                        ),
                        (
                            "tier",
                            models.CharField(
                                choices=[
                                    ("standard", "Standard"),
                                    ("business", "Business"),
                                    ("enterprise", "Enterprise"),
                                ],
                                default="standard",
                                max_length=12,
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=customers.languages.language_choices,
                                default=customers.languages.default_language,
                                max_length=10,
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Others are never written to.", verbose_name="active"
                            ),
                        ),
                        ("notes", models.TextField(blank=True)),
                        (
                            "account_owner",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who of customer success looks after them.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accounts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merged",
                                to="customers.customer",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                        "indexes": [
                            models.Index(fields=["name"], name="customer_by_name"),
                            models.Index(
                                condition=models.Q(("is_active", False)), fields=["id"], name="customer_inactive"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("name"),
                                name="customer_name_once",
                                violation_error_message="There is already a customer of this name (capitals do not count).",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "email",
                            customers.models.fields.NormalisedEmailField(
                                blank=True, max_length=254, verbose_name="e-mail address"
                            ),
                        ),
                        (
                            "phone",
                            customers.models.fields.PhoneField(
                                blank=True, help_text="With the country code, such as +14155550123.", max_length=16
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=customers.languages.language_choices,
                                default=customers.languages.default_language,
                                max_length=10,
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        ("wants_email", models.BooleanField(default=True, verbose_name="wants e-mail")),
                        ("wants_sms", models.BooleanField(default=False, verbose_name="wants SMS")),
                        (
                            "preference",
                            models.CharField(
                                choices=[
                                    ("all", "all updates"),
                                    ("start_and_end", "start and end only"),
                                    ("none", "none"),
                                ],
                                default="all",
                                max_length=16,
                                verbose_name="wants",
                            ),
                        ),
                        ("link_version", models.PositiveIntegerField(default=1, editable=False)),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Others are never written to.", verbose_name="active"
                            ),
                        ),
                        ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="customers.customer",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_active", True)),
                                fields=["customer", "id"],
                                name="contact_active_of_customer",
                            ),
                            models.Index(django.db.models.functions.text.Lower("email"), name="contact_by_email"),
                            models.Index(
                                condition=models.Q(("phone", ""), _negated=True),
                                fields=["phone"],
                                name="contact_by_phone",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("customer"),
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(("email", ""), _negated=True),
                                name="contact_email_once_per_customer",
                                violation_error_message="This customer already has a contact with this e-mail address.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("email", ""), _negated=True),
                                    models.Q(("phone", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="contact_has_an_address",
                                violation_error_message="A contact needs an e-mail address or a telephone number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("phone", ""), ("phone__startswith", "+"), _connector="OR"),
                                name="contact_phone_is_e164",
                                violation_error_message="Write the telephone number with its country code, such as +14155550123.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DuplicateVerdict",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("by_name", models.CharField(max_length=200)),
                        (
                            "first",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("first", "second"), name="one_verdict_per_pair_of_customers"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("first__lt", models.F("second"))),
                                name="pair_is_in_the_order_of_its_ids",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalContact",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "email",
                            customers.models.fields.NormalisedEmailField(
                                blank=True, max_length=254, verbose_name="e-mail address"
                            ),
                        ),
                        (
                            "phone",
                            customers.models.fields.PhoneField(
                                blank=True, help_text="With the country code, such as +14155550123.", max_length=16
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=customers.languages.language_choices,
                                default=customers.languages.default_language,
                                max_length=10,
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        ("wants_email", models.BooleanField(default=True, verbose_name="wants e-mail")),
                        ("wants_sms", models.BooleanField(default=False, verbose_name="wants SMS")),
                        (
                            "preference",
                            models.CharField(
                                choices=[
                                    ("all", "all updates"),
                                    ("start_and_end", "start and end only"),
                                    ("none", "none"),
                                ],
                                default="all",
                                max_length=16,
                                verbose_name="wants",
                            ),
                        ),
                        ("link_version", models.PositiveIntegerField(default=1, editable=False)),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Others are never written to.", verbose_name="active"
                            ),
                        ),
                        ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical contact",
                        "verbose_name_plural": "historical contacts",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalCustomer",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "reference",
                            models.CharField(
                                help_text="The key of this customer in your CRM or billing; imports match on it.",
                                max_length=64,
                            ),
                        ),
                        (
                            "tier",
                            models.CharField(
                                choices=[
                                    ("standard", "Standard"),
                                    ("business", "Business"),
                                    ("enterprise", "Enterprise"),
                                ],
                                default="standard",
                                max_length=12,
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[crisisdesk.core.zones.validate_time_zone]
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=customers.languages.language_choices,
                                default=customers.languages.default_language,
                                max_length=10,
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Others are never written to.", verbose_name="active"
                            ),
                        ),
                        ("notes", models.TextField(blank=True)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "account_owner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="Who of customer success looks after them.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.customer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical customer",
                        "verbose_name_plural": "historical customers",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalService",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        (
                            "slug",
                            models.SlugField(db_index=False, help_text="The short name that imports and alerts use."),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("description", models.TextField(blank=True)),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Retired services are no longer offered.", verbose_name="active"
                            ),
                        ),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical service",
                        "verbose_name_plural": "historical services",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("thread_key", models.CharField(max_length=80)),
                        ("kind", models.CharField(max_length=16)),
                        ("priority", models.PositiveSmallIntegerField(help_text="The lower, the earlier.")),
                        ("is_drill", models.BooleanField(default=False)),
                        ("from_address", models.CharField(max_length=320)),
                        ("reply_to", models.CharField(blank=True, max_length=320)),
                        ("link_purpose", models.CharField(max_length=40)),
                        ("link_expires_at", models.DateTimeField()),
                        (
                            "created_at",
                            models.DateTimeField(help_text="Also the Date of every e-mail, on every attempt."),
                        ),
                        ("created_by_name", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sending", "Sending"),
                                    ("paused", "Paused"),
                                    ("stopped", "Stopped"),
                                    ("finished", "Finished"),
                                ],
                                default="sending",
                                max_length=10,
                            ),
                        ),
                        ("state_reason", models.CharField(blank=True, max_length=300)),
                        ("state_at", models.DateTimeField()),
                        ("total", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["thread_key", "id"], name="message_by_thread"),
                            models.Index(
                                condition=models.Q(("state", "sending")),
                                fields=["priority", "id"],
                                name="message_being_sent",
                            ),
                            models.Index(condition=models.Q(("state", "paused")), fields=["id"], name="message_paused"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CallRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "spoke_with",
                            models.CharField(
                                blank=True, help_text="Who it was, when it was somebody else.", max_length=200
                            ),
                        ),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("reached", "reached"),
                                    ("message_left", "left a message"),
                                    ("no_answer", "no answer"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        ("at", models.DateTimeField()),
                        ("made_by_name", models.CharField(max_length=200)),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: somebody else.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.contact",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="customers.message",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["customer", "-at"], name="call_by_customer")],
                    },
                ),
                migrations.CreateModel(
                    name="MessageContent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("language", models.CharField(max_length=10)),
                        ("time_zone", models.CharField(max_length=64)),
                        ("channel", models.CharField(choices=[("email", "e-mail"), ("sms", "SMS")], max_length=8)),
                        ("subject", models.CharField(max_length=300)),
                        ("text", models.TextField()),
                        ("html", models.TextField(blank=True)),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contents",
                                to="customers.message",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "language", "time_zone", "channel"),
                                name="content_once_per_class_of_reader",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PendingImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("file_name", models.CharField(blank=True, max_length=200)),
                        ("content", models.BinaryField()),
                        ("digest", models.CharField(blank=True, max_length=64)),
                        ("created_at", models.DateTimeField()),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SendingTrouble",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("transport", models.CharField(max_length=60)),
                        ("fault", models.CharField(max_length=16)),
                        ("reason", models.CharField(max_length=300)),
                        ("opened_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField()),
                        ("failures", models.PositiveIntegerField(default=1)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "message",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="troubles",
                                to="customers.message",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "trouble with sending",
                        "verbose_name_plural": "troubles with sending",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("transport", "fault"),
                                name="one_open_trouble_per_fault",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Suppression",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("channel", models.CharField(choices=[("email", "e-mail"), ("sms", "SMS")], max_length=8)),
                        ("address", models.CharField(max_length=320)),
                        ("reason", models.CharField(max_length=300)),
                        ("at", models.DateTimeField()),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        ("lifted_by_name", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at", None)),
                                fields=("channel", "address"),
                                name="one_suppression_in_force",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unreached",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(help_text="Why this contact should have been told.", max_length=300),
                        ),
                        ("why", models.CharField(help_text="Why no delivery could be queued.", max_length=100)),
                        (
                            "contact",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.contact"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unreached",
                                to="customers.message",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "unreached contact",
                        "constraints": [
                            models.UniqueConstraint(fields=("message", "contact"), name="unreached_once_per_message")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnreachedCustomer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unreached_customers",
                                to="customers.message",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "unreached customer",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "customer"), name="unreached_customer_once_per_message"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("channel", models.CharField(choices=[("email", "e-mail"), ("sms", "SMS")], max_length=8)),
                        ("address", models.CharField(max_length=320)),
                        ("reason", models.CharField(help_text="Why this contact is told.", max_length=300)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("sending", "Sending"),
                                    ("deferred", "deferred (will be tried again)"),
                                    ("sent", "Sent"),
                                    ("delivered", "Delivered"),
                                    ("bounced", "Bounced"),
                                    ("rejected", "Rejected"),
                                    ("complained", "Complained"),
                                    ("failed", "Failed"),
                                    ("suppressed", "suppressed (not sent)"),
                                    ("unconfirmed", "unconfirmed (nobody can say)"),
                                ],
                                default="queued",
                                max_length=12,
                            ),
                        ),
                        ("state_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "mail_id",
                            models.CharField(
                                help_text="The Message-ID header, the same on every attempt.", max_length=200
                            ),
                        ),
                        (
                            "provider_id",
                            models.CharField(
                                blank=True, help_text="What the provider calls it, if it does.", max_length=200
                            ),
                        ),
                        (
                            "received_as",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="The Message-ID that readers see, when the provider put its own in place of ours.",
                                max_length=200,
                                verbose_name="received as",
                            ),
                        ),
                        ("is_drill", models.BooleanField(default=False)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "unknowns",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Attempts whose outcome nobody knows."
                            ),
                        ),
                        ("next_attempt_at", models.DateTimeField()),
                        ("give_up_at", models.DateTimeField()),
                        ("claimed_by", models.CharField(blank=True, max_length=120)),
                        ("claimed_fence", models.BigIntegerField(blank=True, null=True)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "contact",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="customers.contact",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="customers.message",
                            ),
                        ),
                        (
                            "content",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.messagecontent",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "deliveries",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("queued", "deferred"))),
                                fields=["message", "next_attempt_at", "id"],
                                name="delivery_due",
                            ),
                            models.Index(
                                condition=models.Q(("state", "sending")),
                                fields=["claimed_by", "id"],
                                name="delivery_claimed",
                            ),
                            models.Index(fields=["message", "state"], name="delivery_by_state"),
                            models.Index(fields=["contact", "message"], name="delivery_by_contact"),
                            models.Index(
                                condition=models.Q(("provider_id", ""), _negated=True),
                                fields=["provider_id"],
                                name="delivery_by_provider_id",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "contact", "channel"), name="delivery_once_per_reader"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeliveryEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Queued"),
                                    ("sending", "Sending"),
                                    ("deferred", "deferred (will be tried again)"),
                                    ("sent", "Sent"),
                                    ("delivered", "Delivered"),
                                    ("bounced", "Bounced"),
                                    ("rejected", "Rejected"),
                                    ("complained", "Complained"),
                                    ("failed", "Failed"),
                                    ("suppressed", "suppressed (not sent)"),
                                    ("unconfirmed", "unconfirmed (nobody can say)"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("attempt", models.PositiveSmallIntegerField()),
                        ("transport", models.CharField(blank=True, max_length=60)),
                        (
                            "code",
                            models.CharField(blank=True, help_text="As answered, such as “550 5.1.1”.", max_length=24),
                        ),
                        ("text", models.CharField(blank=True, max_length=300)),
                        ("is_repeat", models.BooleanField(default=False, help_text="A second copy was accepted.")),
                        (
                            "delivery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="customers.delivery",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_repeat", True)),
                                fields=["delivery"],
                                name="delivery_event_repeat",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProviderEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("provider", models.CharField(max_length=40)),
                        (
                            "event_key",
                            models.CharField(
                                help_text="What the provider calls the event, or a digest of it.", max_length=255
                            ),
                        ),
                        ("kind", models.CharField(max_length=12)),
                        ("at", models.DateTimeField(help_text="When it happened, by the provider's clock.")),
                        ("received_at", models.DateTimeField()),
                        ("code", models.CharField(blank=True, max_length=24)),
                        ("text", models.CharField(blank=True, max_length=300)),
                        ("fault", models.CharField(blank=True, max_length=16)),
                        (
                            "delivery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="provider_events",
                                to="customers.delivery",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["received_at"], name="provider_event_by_age")],
                        "constraints": [
                            models.UniqueConstraint(fields=("provider", "event_key"), name="provider_event_taken_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Service",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "slug",
                            models.SlugField(help_text="The short name that imports and alerts use.", unique=True),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("description", models.TextField(blank=True)),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Retired services are no longer offered.", verbose_name="active"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="services_owned",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "depends_on",
                            models.ManyToManyField(
                                related_name="depended_on_by",
                                through="customers.ServiceDependency",
                                through_fields=("service", "depends_on"),
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="Instance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="instances",
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="instances",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["service", "name"],
                        "constraints": [
                            models.UniqueConstraint(fields=("service", "name"), name="instance_name_once_per_service")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HistoricalSubscription",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "instance",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="Empty means every instance.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.instance",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="Empty means everywhere.",
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical subscription",
                        "verbose_name_plural": "historical subscriptions",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalServiceDependency",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "depends_on",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.service",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical service dependency",
                        "verbose_name_plural": "historical service dependencies",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="HistoricalInstance",
                    fields=[
                        ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                        ("history_actor", models.CharField(blank=True, default="", editable=False, max_length=200)),
                        ("name", models.CharField(max_length=60)),
                        ("history_id", models.AutoField(primary_key=True, serialize=False)),
                        ("history_date", models.DateTimeField(db_index=True)),
                        ("history_change_reason", models.CharField(max_length=100, null=True)),
                        (
                            "history_type",
                            models.CharField(
                                choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                            ),
                        ),
                        (
                            "history_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "historical instance",
                        "verbose_name_plural": "historical instances",
                        "ordering": ("-history_date", "-history_id"),
                        "get_latest_by": ("history_date", "history_id"),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name="ServiceDependency",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "depends_on",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dependents",
                                to="customers.service",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="dependencies",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "service dependencies",
                        "constraints": [
                            models.UniqueConstraint(fields=("service", "depends_on"), name="service_dependency_once"),
                            models.CheckConstraint(
                                condition=models.Q(("service", models.F("depends_on")), _negated=True),
                                name="service_not_on_itself",
                                violation_error_message="A service cannot depend on itself.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="customers.customer",
                            ),
                        ),
                        (
                            "instance",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty means every instance.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="customers.instance",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty means everywhere.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="customers.region",
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="customers.service",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["service", "region", "instance", "customer"], name="subscription_by_service"
                            ),
                            models.Index(
                                fields=["customer", "service", "region", "instance"], name="subscription_by_customer"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("instance", None), ("region", None)),
                                fields=("customer", "service"),
                                name="subscription_everywhere_once",
                                violation_error_message="This customer already uses this service everywhere.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("instance", None), ("region__isnull", False)),
                                fields=("customer", "service", "region"),
                                name="subscription_region_once",
                                violation_error_message="This customer already uses this service in this region.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("instance__isnull", False)),
                                fields=("customer", "instance"),
                                name="subscription_instance_once",
                                violation_error_message="This customer already uses this instance.",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
