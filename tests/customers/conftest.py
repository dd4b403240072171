"""The vendor's landscape in small: Checkout stands on Payments API, Storefront on Checkout."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from customers.models import Contact, Customer, Instance, Region, Service, ServiceDependency, Subscription


@dataclass(frozen=True)
class Landscape:
    """Three services in a chain, two regions, two instances of Payments API in eu-west and one in us-east."""

    payments: Service
    checkout: Service
    storefront: Service
    eu: Region
    us: Region
    seven: Instance
    eight: Instance
    nine: Instance


@pytest.fixture
def landscape(db: None) -> Landscape:
    """See the class."""
    payments = Service.objects.create(slug="payments-api", name="Payments API")
    checkout = Service.objects.create(slug="checkout", name="Checkout")
    storefront = Service.objects.create(slug="storefront", name="Storefront")
    ServiceDependency.objects.create(service=checkout, depends_on=payments)
    ServiceDependency.objects.create(service=storefront, depends_on=checkout)
    eu = Region.objects.create(slug="eu-west", name="Europe West")
    us = Region.objects.create(slug="us-east", name="US East")
    seven = Instance.objects.create(service=payments, region=eu, name="7")
    eight = Instance.objects.create(service=payments, region=eu, name="8")
    nine = Instance.objects.create(service=payments, region=us, name="9")
    return Landscape(payments, checkout, storefront, eu, us, seven, eight, nine)


def make_customer(name: str, *uses: Service | tuple[Service, Region] | Instance, contacts: int = 1) -> Customer:
    """A customer with contacts pat1@..., pat2@..., who uses services everywhere, in a region, or one instance."""
    reference = name.lower().replace(" ", "-")
    customer = Customer.objects.create(name=name, reference=reference)
    for number in range(1, contacts + 1):
        Contact.objects.create(customer=customer, name=f"Pat {name} {number}", email=f"pat{number}@{reference}.example")
    for used in uses:
        if isinstance(used, Instance):
            Subscription.objects.create(customer=customer, service=used.service, instance=used)
        elif isinstance(used, Service):
            Subscription.objects.create(customer=customer, service=used)
        else:
            Subscription.objects.create(customer=customer, service=used[0], region=used[1])
    return customer
