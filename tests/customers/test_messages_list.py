"""The list of messages counts as missed who should have got it, and not who chose otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.delivery.consent import CHOSE_NOTHING
from customers.models import DeliveryState
from tests import factories as make


@pytest.mark.django_db
def test_whoever_chose_to_get_nothing_is_not_counted_as_missed(
    signed_in: Callable[[User], Client], dana: User, by_ivo: Actor, by_dana: Actor
) -> None:
    acme = make.customer("Acme", make.service())
    for name in ("Ana", "Ben", "Cid"):
        make.contact(acme, name)
    sent = make.send(make.incident(by_ivo, clock.now()), "initial", by_dana, clock.now())
    assert sent.message is not None
    rows = sent.message.deliveries
    rows.filter(contact__name="Ana").update(state=DeliveryState.SUPPRESSED, state_reason=CHOSE_NOTHING)
    rows.filter(contact__name="Ben").update(state=DeliveryState.BOUNCED, state_reason="550 5.1.1 User unknown")
    client = signed_in(dana)

    messages = client.get(reverse("admin:customers_message_changelist"))
    missed = client.get(reverse("admin:customers_delivery_changelist")).content.decode()

    assert [row.failed_count for row in messages.context["cl"].result_list] == [1]
    assert "User unknown" in missed
    assert CHOSE_NOTHING not in missed
