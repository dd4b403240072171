"""Whom the vendor serves, what they use, and how they are reached."""

from customers.models.contact import Contact, Preference
from customers.models.customer import Customer, Tier
from customers.models.service import Instance, Region, Service, ServiceDependency
from customers.models.subscription import Subscription

__all__ = [
    "Contact",
    "Customer",
    "Instance",
    "Preference",
    "Region",
    "Service",
    "ServiceDependency",
    "Subscription",
    "Tier",
]
