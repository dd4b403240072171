"""Console pages of customers, contacts, services and what customers use."""

from customers.admin.contact import ContactAdmin
from customers.admin.customer import CustomerAdmin
from customers.admin.service import InstanceAdmin, RegionAdmin, ServiceAdmin
from customers.admin.subscription import SubscriptionAdmin

__all__ = ["ContactAdmin", "CustomerAdmin", "InstanceAdmin", "RegionAdmin", "ServiceAdmin", "SubscriptionAdmin"]
