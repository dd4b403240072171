"""A person at a customer, and how to reach them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from crisisdesk.core.history import Records
from crisisdesk.core.zones import validate_time_zone
from customers.addresses import normalise_email
from customers.languages import default_language, language_choices
from customers.models.customer import Customer
from customers.models.fields import NormalisedEmailField, PhoneField


class Preference(models.TextChoices):
    """Which messages of an incident a contact wants."""

    ALL = "all", "all updates"
    START_AND_END = "start_and_end", "start and end only"
    NONE = "none", "none"


@dataclass(frozen=True, slots=True)
class ByCustomer:
    """Why contacts are told, for those who copy very many of them: each customer is asked about once.

    `reasons` are rows with `customer_id` and `reason`, one for each customer whose contacts are all told for the same.
    `others` are the ids of contacts who may have a reason of their own, the annotation `reason`.
    """

    reasons: models.QuerySet[Any, Any]
    others: Collection[int] = ()


class ContactQuerySet(models.QuerySet["Contact"]):
    """Questions about many contacts."""

    by_customer: ByCustomer | None = None

    def reasoned(self, by_customer: ByCustomer) -> ContactQuerySet:
        """The same contacts, with a quicker way to the reasons that their annotation `reason` has."""
        found = self._clone()
        found.by_customer = by_customer
        return found

    def _clone(self) -> ContactQuerySet:
        found: ContactQuerySet = super()._clone()  # type: ignore[misc]
        found.by_customer = self.by_customer
        return found

    def active(self) -> ContactQuerySet:
        """People still there, at customers still served."""
        return self.filter(is_active=True, customer__is_active=True)

    def reachable(self) -> ContactQuerySet:
        """Active ones who want messages on a channel they have an address for."""
        return (
            self.active()
            .exclude(preference=Preference.NONE)
            .filter(Q(wants_email=True) & ~Q(email="") | Q(wants_sms=True) & ~Q(phone=""))
        )

    def same_person(self, contact: Contact) -> ContactQuerySet:
        """The contact, and the rows that were made one with it."""
        return self.filter(Q(pk=contact.pk) | Q(merged_into=contact.pk, is_active=False))

    def at(self, email: str) -> ContactQuerySet:
        """Those with this e-mail address; capitals do not count."""
        return self.alias(email_lower=Lower("email")).filter(email_lower=normalise_email(email).lower())


class Contact(models.Model):
    """A person who is told. `link_version` goes up to end every signed link made for them before."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200)
    email = NormalisedEmailField("e-mail address", max_length=254, blank=True)
    phone = PhoneField(max_length=16, blank=True, help_text="With the country code, such as +14155550123.")
    language = models.CharField(max_length=10, choices=language_choices, default=default_language)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    wants_email = models.BooleanField("wants e-mail", default=True)
    wants_sms = models.BooleanField("wants SMS", default=False)
    preference = models.CharField("wants", max_length=16, choices=Preference, default=Preference.ALL)
    link_version = models.PositiveIntegerField(default=1, editable=False)
    is_active = models.BooleanField("active", default=True, help_text="Others are never written to.")

    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Counts while the row is not active: somebody who is made active again stands by themselves.
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        db_index=False,
    )

    objects = ContactQuerySet.as_manager()
    history = Records(no_db_index=["customer", "merged_into"])

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("email"),
                condition=~Q(email=""),
                name="contact_email_once_per_customer",
                violation_error_message="This customer already has a contact with this e-mail address.",
            ),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="contact_has_an_address",
                violation_error_message="A contact needs an e-mail address or a telephone number.",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__startswith="+"),
                name="contact_phone_is_e164",
                violation_error_message="Write the telephone number with its country code, such as +14155550123.",
            ),
        ]
        indexes = [
            # Read by `affected`, counting and freezing audiences.
            models.Index(fields=["customer", "id"], condition=Q(is_active=True), name="contact_active_of_customer"),
            # Read by the drill trigger, bounces and replies: whose address is it?
            models.Index(Lower("email"), name="contact_by_email"),
            # Read by the customer edition of a post-mortem: is this name in the text somebody's?
            models.Index(fields=["name"], name="contact_by_name"),
            # Read by signed links and by whom an incident told: of whom is this row a part?
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="contact_part_of"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="contact_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name
