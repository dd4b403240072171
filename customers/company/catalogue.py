"""What the invented vendor runs: services with what they stand on, regions and instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

REGIONS = (
    ("eu-west", "Europe West (Dublin)"),
    ("us-east", "US East (Virginia)"),
    ("eu-central", "Europe Central (Frankfurt)"),
    ("us-west", "US West (Oregon)"),
    ("ap-south", "Asia Pacific South (Mumbai)"),
    ("ap-southeast", "Asia Pacific Southeast (Sydney)"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A service to be: `weight` says how many customers take it, against the others."""

    slug: str
    name: str
    description: str
    depends_on: tuple[str, ...] = ()
    weight: int = 1


# The order matters: a service comes after all it depends on, and a smaller vendor has the first few.
CORE = (
    Plan("identity", "Identity", "Sign-in, tokens and single sign-on.", (), 2),
    Plan("payments-api", "Payments API", "Cards, debits and refunds over HTTP.", (), 9),
    Plan("object-storage", "Object Storage", "Files and backups.", (), 5),
    Plan("checkout", "Checkout", "The hosted payment page.", ("payments-api", "identity"), 8),
    Plan("web-console", "Web Console", "Where customers manage their account.", ("identity",), 7),
    Plan("webhooks", "Webhooks", "Events pushed to customers.", (), 6),
    Plan("message-queue", "Message Queue", "Events between services.", (), 2),
    Plan("search", "Search", "Full-text search over customer data.", ("object-storage",), 4),
    Plan("reporting", "Reporting", "Statements and exports.", ("object-storage", "payments-api"), 4),
    Plan("notifications", "Notifications", "E-mail and SMS to end users.", ("message-queue",), 4),
    Plan("storefront", "Storefront", "Hosted shops.", ("checkout", "search"), 5),
    Plan("mobile-sdk", "Mobile SDK Backend", "Payments inside mobile apps.", ("checkout", "notifications"), 3),
)
_DOMAINS = (
    "Invoices",
    "Ledger",
    "Orders",
    "Catalogue",
    "Inventory",
    "Shipping",
    "Returns",
    "Tax",
    "Fraud",
    "Identity",
    "Consent",
    "Contracts",
    "Documents",
    "Analytics",
    "Forecast",
    "Audit",
    "Billing",
    "Loyalty",
    "Pricing",
    "Support",
    "Calendar",
    "Media",
    "Maps",
    "Translation",
)
_KINDS = (
    "API",
    "Export",
    "Import",
    "Sync",
    "Dashboard",
    "Archive",
    "Gateway",
    "Scheduler",
)


def services(count: int, random: Random) -> list[Plan]:
    """`count` services, at most 204; each depends only on earlier ones, so that there is no circle."""
    plans = list(CORE[:count])
    names = [(domain, kind) for kind in _KINDS for domain in _DOMAINS]
    for domain, kind in names[: max(0, count - len(plans))]:
        # Mostly on its neighbours, now and then on the foundations: chains of three or four, as in life.
        pool: Sequence[Plan] = random.choice((plans[:6], plans, plans))
        depends_on = tuple(sorted({plan.slug for plan in random.sample(pool, k=random.choice((0, 1, 1, 2)))}))
        slug = f"{domain}-{kind}".lower()
        plans.append(Plan(slug, f"{domain} {kind}", f"{kind} for {domain.lower()}.", depends_on, random.randint(1, 4)))
    return plans
