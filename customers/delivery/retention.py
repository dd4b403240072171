"""What providers reported is kept for a while and then goes; the deliveries' own events stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from crisisdesk.core import clockwatch
from crisisdesk.core.engine.loops import Pass
from customers.models import ProviderEvent

LOOP = "housekeeper"
# The trigger on the table lets nothing younger go.
SHORTEST_DAYS = 30
AT_ONCE = 1_000


def run_pass(one: Pass) -> int:
    """One pass of the loop "housekeeper"."""
    return prune(now=one.now)


def prune(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Delete up to `limit` reports received more than PROVIDER_EVENT_DAYS ago, the oldest first; returns how many.

    What they brought about stays: the delivery's state, its reason and its events. None goes while the clock cannot be
    trusted.
    """
    if clockwatch.open_hold() is not None:
        return 0
    before = now - timedelta(days=max(settings.PROVIDER_EVENT_DAYS, SHORTEST_DAYS))
    old = ProviderEvent.objects.filter(received_at__lt=before).order_by("received_at")
    ids = list(old.values_list("pk", flat=True)[:limit])
    return ProviderEvent.objects.filter(pk__in=ids).delete()[0] if ids else 0
