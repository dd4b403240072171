"""Of whom something changed of late that decides whether an outage affects them: read from the history.

Forms, imports, their undoing and merges all write history, each with its moment and by an index on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from customers.models import Contact, Customer, Instance, ServiceDependency, Subscription

# What takes long, such as an import, is committed later than the moment that it wrote down.
COMMITTED_WITHIN = timedelta(minutes=15)


def people_changed(column: str) -> Q:
    """Whether a contact, a customer or what it uses changed after the moment in a column of the query around."""
    return Q(*(Exists(_after(model, column)) for model in (Contact, Customer, Subscription)), _connector=Q.OR)


def services_changed(column: str) -> Q:
    """Whether what the services stand on, or where they run, changed after the moment in a column."""
    return Q(*(Exists(_after(model, column)) for model in (ServiceDependency, Instance)), _connector=Q.OR)


def changed_since(moment: datetime) -> QuerySet[Any, Any]:
    """Ids of contacts who changed after `moment`, themselves, their customer or what it uses; some more than once."""
    since = {"history_date__gt": moment - COMMITTED_WITHIN}
    found: QuerySet[Any, Any] = Contact.history.filter(**since).order_by().values("id")
    of_customers = Customer.history.filter(**since).order_by().values("id")
    of_uses = Subscription.history.filter(**since).order_by().values("customer_id")
    for some in (of_customers, of_uses):
        customers = Customer.objects.filter(pk__in=some).order_by()
        found = found.union(Contact.objects.filter(customer__in=customers).order_by().values("pk"), all=True)
    return found


def _after(model: Any, column: str) -> QuerySet[Any]:
    moment = ExpressionWrapper(OuterRef(column) - COMMITTED_WITHIN, output_field=DateTimeField())
    rows: QuerySet[Any] = model.history.filter(history_date__gt=moment).order_by()
    return rows
