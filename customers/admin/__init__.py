"""Console pages of customers, contacts, services, what customers use, and what they were sent."""

from customers.admin.contact import ContactAdmin
from customers.admin.customer import CustomerAdmin
from customers.admin.delivery import DeliveryAdmin, SendingTroubleAdmin, SuppressionAdmin
from customers.admin.message import MessageAdmin
from customers.admin.service import InstanceAdmin, RegionAdmin, ServiceAdmin
from customers.admin.subscription import SubscriptionAdmin

__all__ = [
    "ContactAdmin",
    "CustomerAdmin",
    "DeliveryAdmin",
    "InstanceAdmin",
    "MessageAdmin",
    "RegionAdmin",
    "SendingTroubleAdmin",
    "ServiceAdmin",
    "SubscriptionAdmin",
    "SuppressionAdmin",
]
