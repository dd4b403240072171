"""Whether a person has said that an address is theirs."""

from __future__ import annotations

from django.db import models

from customers.models.contact import Contact


class AddressConfirmation(models.Model):
    """A contact was asked to confirm an address (in lower case); `confirmed_at` when they did, by a click of theirs."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="confirmations")
    address = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "address"], name="confirmation_once_per_address")]

    def __str__(self) -> str:
        return f"{self.contact}: {'confirmed' if self.confirmed_at else 'asked'}"
