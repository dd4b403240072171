"""A message to many readers while one of two mail servers dies: everybody gets it once, and somebody is told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from crisisdesk.core.transports import Answer, Outcome, fuse, opening
from customers.checks import check_customer_mail
from customers.delivery.send import end_run
from customers.models import DeliveryEvent, Message, SendingTrouble
from tests.customers.delivery.conftest import Queue, one_pass, states
from tests.factories import contact, customer
from tests.mail_servers import CLOSE, OpenServer, ScriptedServer, free_port
from tests.providers import DROP, SES_KEY, SES_REGION, SES_SECRET, Provider, amazon_ses, postmark

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Fuses of this test's own."""
    opening._route.cache_clear()


def readers(count: int) -> None:
    acme = customer("Acme")
    for number in range(count):
        contact(acme, f"Pat{number:02}")


def until_settled(passes: int = 20) -> None:
    for _ in range(passes):
        if not one_pass():
            return


def test_a_server_that_dies_half_way_loses_nobody_and_doubles_nobody(queue: Queue, desk: Settings) -> None:
    readers(60)
    taken = 0

    def die_after_twenty(event: str, _: str) -> str | None:
        nonlocal taken
        taken += event == "CONTENT"
        # Once the content may have left, the outcome would not be known.
        return CLOSE if taken >= 20 and event in {"CONNECT", "MAIL", "RCPT"} else None

    with ScriptedServer(die_after_twenty) as dying, OpenServer() as two:
        desk.CUSTOMER_MAIL_URL = f"{dying.url}?connections=2 {two.url}"
        message = queue()
        until_settled()
        got = Counter(one.recipient for one in (*dying.received, *two.received))
    assert set(got.values()) == {1}
    assert len(got) == 60
    assert len(dying.received) >= 20
    assert two.received
    assert set(states(message).values()) == {"sent"}
    ways = set(DeliveryEvent.objects.filter(state="sent").values_list("transport", flat=True))
    assert ways == {dying.url.removeprefix("smtp://"), two.url.removeprefix("smtp://")}


def due_now(message: Message) -> None:
    """As if the pause before the repeat were over."""
    end_run()
    message.deliveries.update(next_attempt_at=F("give_up_at") - timedelta(hours=24))


def test_what_may_have_been_taken_is_repeated_once_by_the_same_server_and_no_other(
    queue: Queue, desk: Settings
) -> None:
    readers(3)
    loses = {"answers": True}

    def rule(event: str, _: str) -> str | None:
        return CLOSE if event == "CONTENT" and loses["answers"] else None

    with ScriptedServer(rule) as one, OpenServer() as two:
        desk.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        message = queue()
        until_settled()
        assert set(states(message).values()) == {"deferred"}
        loses["answers"] = False
        due_now(message)
        until_settled()
        assert two.received == []
        assert Counter(mail.recipient for mail in one.received).most_common(1)[0][1] == 1
    assert set(states(message).values()) == {"sent"}


def test_a_second_unknown_outcome_is_for_a_person(queue: Queue, desk: Settings) -> None:
    readers(2)
    with ScriptedServer(lambda event, _: CLOSE if event == "CONTENT" else None) as one, OpenServer() as two:
        desk.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
        message = queue()
        until_settled()
        due_now(message)
        until_settled()
        assert two.received == []
    assert set(states(message).values()) == {"unconfirmed"}


def test_a_repeat_waits_for_its_way_and_goes_by_no_other(queue: Queue, desk: Settings) -> None:
    readers(2)
    with OpenServer() as two:
        with ScriptedServer(lambda event, _: CLOSE if event == "CONTENT" else None) as one:
            desk.CUSTOMER_MAIL_URL = f"{one.url} {two.url}"
            message = queue()
            until_settled()
        due_now(message)
        until_settled()
        assert two.received == []
        assert set(states(message).values()) == {"deferred"}
        # The way is taken out of the setting: nobody can repeat it there, so a person decides.
        desk.CUSTOMER_MAIL_URL = f"{two.url} smtp://127.0.0.1:{free_port()}"
        end_run()
        due_now(message)
        until_settled()
        assert two.received == []
    assert set(states(message).values()) == {"unconfirmed"}


def test_a_provider_that_drops_the_line_is_not_followed_by_another(queue: Queue, desk: Settings) -> None:
    readers(2)
    with Provider(postmark, rule=lambda number: DROP) as provider, OpenServer() as two:
        desk.ANYMAIL = {"POSTMARK_API_URL": f"{provider.url}/", "POSTMARK_SERVER_TOKEN": "postmark-token"}
        desk.CUSTOMER_MAIL_URL = f"anymail+postmark:// {two.url}"
        message = queue()
        until_settled()
        assert (provider.requests, two.received) == (2, [])
    assert set(states(message).values()) == {"unconfirmed"}


def test_people_know_that_one_way_is_down_while_mail_goes_by_the_other(
    queue: Queue, desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuse, "TELL_AFTER", 1)
    readers(3)
    port = free_port()
    with OpenServer() as two:
        desk.CUSTOMER_MAIL_URL = f"smtp://127.0.0.1:{port} {two.url}"
        message = queue()
        until_settled()
        one_pass()
        assert set(states(message).values()) == {"sent"}
        trouble = SendingTrouble.objects.get()
        assert trouble.transport == f"127.0.0.1:{port}"
        assert trouble.reason.startswith("Mail goes by another way meanwhile: No connection")
        assert trouble.closed_at is None
        # The first way works again: the next mail it takes ends the trouble.
        opening.route_for("customers").ways[0].fuse.note(Answer(Outcome.ACCEPTED, "250", "", "one"))
        one_pass()
    trouble.refresh_from_db()
    assert trouble.closed_at is not None


def test_a_password_in_the_clear_is_found_in_any_of_the_ways(desk: Settings) -> None:
    desk.CUSTOMER_MAIL_URL = "smtp+tls://user:secret@mx1 smtp://user:secret@mx2"
    (found,) = check_customer_mail()
    assert found.id == "customers.W002"
    assert "secret" not in str(found)


def test_lists_go_by_the_first_way_and_what_it_refuses_as_a_whole_by_the_next(queue: Queue, desk: Settings) -> None:
    readers(60)
    with Provider(postmark) as one, Provider(amazon_ses) as two:
        # After five requests our key is withdrawn.
        one.rule = lambda number: 401 if number > 5 else None
        desk.ANYMAIL = {
            "POSTMARK_API_URL": f"{one.url}/",
            "POSTMARK_SERVER_TOKEN": "postmark-token",
            "AMAZON_SES_API_URL": f"{two.url}/",
            "AMAZON_SES_REGION": SES_REGION,
            "AMAZON_SES_ACCESS_KEY_ID": SES_KEY,
            "AMAZON_SES_SECRET_ACCESS_KEY": SES_SECRET,
        }
        desk.CUSTOMER_MAIL_URL = "anymail+postmark://?connections=1&batch=8 anymail+amazon_ses://"
        message = queue()
        until_settled()
        in_lists = [str(mail["To"]) for mail in one.mails]
        alone = [str(request.form["To"]) for request in one.taken if request.path == "/email"]
        others = [request.form["Destination"]["ToAddresses"][0] for request in two.taken]
    assert set(states(message).values()) == {"sent"}
    got = Counter(address.rpartition("<")[2].rstrip(">") for address in (*in_lists, *alone, *others))
    assert set(got.values()) == {1}
    assert len(got) == 60
    assert len(in_lists) >= 16
    assert others


def test_a_list_whose_answer_is_lost_goes_by_no_other_way(queue: Queue, desk: Settings) -> None:
    readers(30)
    with Provider(postmark, rule=lambda number: DROP if number == 3 else None) as one, OpenServer() as two:
        desk.ANYMAIL = {"POSTMARK_API_URL": f"{one.url}/", "POSTMARK_SERVER_TOKEN": "postmark-token"}
        desk.CUSTOMER_MAIL_URL = f"anymail+postmark://?connections=1&batch=8 {two.url}"
        message = queue()
        until_settled()
        assert two.received == []
    counted = Counter(states(message).values())
    assert 1 <= counted["unconfirmed"] <= 8
    assert counted["sent"] == 30 - counted["unconfirmed"]
