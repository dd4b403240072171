"""Whom the vendor serves, what they use, and how they are reached."""

from customers.models.call import TOLD_RESULTS, CallRecord, CallResult
from customers.models.confirmation import AddressConfirmation
from customers.models.contact import ByCustomer, Contact, ContactQuerySet, Preference
from customers.models.customer import Customer, Tier
from customers.models.customer_import import (
    ColumnMapping,
    CustomerImport,
    ImportedRow,
    ImportState,
)
from customers.models.delivery import (
    ACCEPTED_STATES,
    FAILURE_STATES,
    OPEN_STATES,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Unreached,
    UnreachedCustomer,
)
from customers.models.duplicate import DuplicateVerdict, PersonVerdict
from customers.models.erasure import ErasedAddress
from customers.models.message import Channel, Message, MessageContent, MessageState
from customers.models.provider_event import ProviderEvent
from customers.models.quota import SendingQuota
from customers.models.service import Instance, Region, Service, ServiceDependency
from customers.models.subscription import Subscription
from customers.models.suppression import SendingTrouble, Suppression

__all__ = [
    "ACCEPTED_STATES",
    "FAILURE_STATES",
    "OPEN_STATES",
    "TOLD_RESULTS",
    "AddressConfirmation",
    "ByCustomer",
    "CallRecord",
    "CallResult",
    "Channel",
    "ColumnMapping",
    "Contact",
    "ContactQuerySet",
    "Customer",
    "CustomerImport",
    "Delivery",
    "DeliveryEvent",
    "DeliveryState",
    "DuplicateVerdict",
    "ErasedAddress",
    "ImportState",
    "ImportedRow",
    "Instance",
    "Message",
    "MessageContent",
    "MessageState",
    "PersonVerdict",
    "Preference",
    "ProviderEvent",
    "Region",
    "SendingQuota",
    "SendingTrouble",
    "Service",
    "ServiceDependency",
    "Subscription",
    "Suppression",
    "Tier",
    "Unreached",
    "UnreachedCustomer",
]
