"""Calls made to customers whom no message reached."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from customers.models.contact import Contact
from customers.models.customer import Customer
from customers.models.message import Message


class CallResult(models.TextChoices):
    """How a call ended. After the first two the customer has been told and leaves the call list."""

    REACHED = "reached", "reached"
    MESSAGE_LEFT = "message_left", "left a message"
    NO_ANSWER = "no_answer", "no answer"


# The customer knows; "no answer" stays on the list.
TOLD_RESULTS = (CallResult.REACHED, CallResult.MESSAGE_LEFT)


class CallRecord(models.Model):
    """One call about one message. Inserted only; a trigger refuses change on both databases.

    `message` is the newest one that had not reached the customer when the call was recorded.
    """

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="calls")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="calls", db_index=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: somebody else."
    )
    spoke_with = models.CharField(max_length=200, blank=True, help_text="Who it was, when it was somebody else.")
    result = models.CharField(max_length=14, choices=CallResult)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_name = models.CharField(max_length=200)

    class Meta:
        # Read by the customer's page and by the call list.
        indexes = [models.Index(fields=["customer", "-at"], name="call_by_customer")]

    def __str__(self) -> str:
        return f"Call to {self.customer}: {self.get_result_display()}"

    @property
    def whom(self) -> str:
        """Who was called, by name."""
        return str(self.contact) if self.contact else self.spoke_with
