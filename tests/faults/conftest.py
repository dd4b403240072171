"""A desk that sends by hand-made passes, as the delivery tests have it."""

from __future__ import annotations

from tests.customers.delivery.conftest import desk, mail, now, queue

__all__ = ["desk", "mail", "now", "queue"]
