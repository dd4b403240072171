"""What people said about two customers, or two contacts of one customer, that look like one."""

from __future__ import annotations

from django.db import models

from customers.models.contact import Contact
from customers.models.customer import Customer


class DuplicateVerdict(models.Model):
    """Two customers that are not the same: not proposed again. `first` has the lower id."""

    first = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_verdict_per_pair_of_customers"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="pair_is_in_the_order_of_its_ids"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} is not {self.second}"


class PersonVerdict(models.Model):
    """Two contacts that are not the same person: not proposed again. `first` has the lower id."""

    first = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_verdict_per_pair_of_people"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="people_are_in_the_order_of_their_ids"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} is not {self.second}"
