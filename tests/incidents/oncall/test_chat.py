"""Chat and push through Apprise: what arrives at the service, what is refused, and that no secret is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from crisisdesk.core.transports import Answer, Envelope, Outcome
from crisisdesk.core.transports.outgoing import InsideAddress, is_outside, pinned_ip
from incidents.alerts import report_problem
from incidents.models import Attempt, ContactMethod, Notification, TimelineEntry
from incidents.oncall.channels.chat import AppriseTransport, service_of
from tests.incidents.oncall.phones import run, way_of
from tests.incidents.oncall.postbox import Postbox, postbox
from tests.providers import DROP, Provider, Reply, Request


def takes(provider: Provider, request: Request) -> Reply:
    """A service that takes whatever it is given."""
    return 200, {"id": "1", "ok": True}


@pytest.fixture
def service(settings: Settings) -> Iterator[Provider]:
    with Provider(takes) as provider:
        settings.INSIDE_HOSTS = ["127.0.0.1"]
        yield provider


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        yield box


def give(url: str) -> Answer:
    with AppriseTransport() as transport:
        return transport.send(Envelope("", url, b"Title\nWords", ""))


def at(service: Provider, scheme: str, path: str) -> str:
    return service.url.replace("http", scheme, 1) + path


@pytest.mark.django_db
def test_a_page_arrives_with_its_link_and_can_be_folded(
    service: Provider, on_call: SimpleNamespace, by_mara: Actor
) -> None:
    now = clock.now()
    way_of(on_call.ivo, "chat", at(service, "json", "/hook/s3cret-t0ken"), now, page=0)
    for number in range(3):
        report_problem(title=f"Payments fail {number}", noticed_by="customer", by=by_mara, now=now)
    run(now)
    [request] = service.taken
    assert request.path == "/hook/s3cret-t0ken"
    assert request.form["title"] == "[PAGE] Payments fail 0 — acknowledge"
    note = Notification.objects.filter(person=on_call.ivo).earliest("pk")
    assert f"http://127.0.0.1:8000/n/{note.pk}." in request.form["message"]
    assert "- Payments fail 2 — acknowledge" in request.form["message"]


def test_ntfy_and_a_slack_like_webhook_are_spoken_to(service: Provider) -> None:
    assert give(at(service, "ntfy", "/oncall-ivo")).outcome is Outcome.ACCEPTED
    assert give(at(service, "mmost", "/3ccdd113474722377935511fc85d3dd4")).outcome is Outcome.ACCEPTED
    ntfy, mattermost = service.taken
    assert (ntfy.form["topic"], ntfy.form["title"], ntfy.form["message"]) == ("oncall-ivo", "Title", "Words")
    assert mattermost.path == "/hooks/3ccdd113474722377935511fc85d3dd4"
    assert "Words" in mattermost.form["text"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, "rejected"), (404, "rejected"), (429, "deferred"), (500, "unknown"), (302, "rejected"), (DROP, "unknown")],
)
def test_what_a_service_answers_is_understood(service: Provider, status: int, outcome: str) -> None:
    service.rule = lambda number: status
    answer = give(at(service, "json", "/hook/s3cret"))
    assert answer.outcome == outcome
    assert service.requests == 1, "never repeated, never followed elsewhere"
    assert "s3cret" not in answer.text


def test_nobody_there_is_worth_another_try(settings: Settings) -> None:
    settings.INSIDE_HOSTS = ["127.0.0.1"]
    assert give("json://127.0.0.1:9/").outcome is Outcome.DEFERRED


def test_inside_addresses_are_refused_unless_they_are_named(service: Provider, settings: Settings) -> None:
    settings.INSIDE_HOSTS = []
    for url in (at(service, "json", "/"), at(service, "json", "/").replace("127.0.0.1", "localhost")):
        assert give(url).outcome is Outcome.REJECTED
        assert "inside" in give(url).text
    assert give(f"{at(service, 'json', '/')}?verify=no&redirect=yes").outcome is Outcome.REJECTED
    assert service.requests == 0


INSIDE = (
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.1 224.0.0.1 ::1 :: fe80::1 fd00::1 "
    "::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:7f00:1::"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_these_addresses_are_inside(address: str) -> None:
    assert not is_outside(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InsideAddress):
        pinned_ip(host, 80)


def test_these_are_outside() -> None:
    assert is_outside("8.8.8.8")
    assert is_outside("2001:4860:4860::8888")
    assert pinned_ip("127.0.0.1", 8080, ["127.0.0.1:8080"]) == "127.0.0.1"


@pytest.mark.parametrize(
    "url", ["mailto://a:b@example.com", "syslog://", "dbus://", "fcm://p/t?keyfile=/etc/passwd", "nothing", "json://"]
)
def test_only_services_of_the_list_are_taken(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        service_of(url)
    assert "passwd" not in str(refusal.value)


@pytest.mark.django_db
def test_no_secret_stands_in_any_record_or_log(
    service: Provider, box: Postbox, on_call: SimpleNamespace, by_mara: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    now: datetime = clock.now()
    caplog.set_level(logging.DEBUG)
    service.rule = lambda number: 404
    way_of(on_call.ivo, "chat", at(service, "json", "/hook/s3cret-t0ken"), now, page=0)
    report_problem(title="Payments fail", noticed_by="customer", by=by_mara, now=now)
    run(now)
    run(clock.now() + timedelta(seconds=1))
    assert Attempt.objects.get(kind="chat").state == "failed"
    assert "ivo@vendor.example" in box.recipients, "the next way was taken"
    written = caplog.text + "".join(str(vars(row)) for row in [*TimelineEntry.objects.all(), *Attempt.objects.all()])
    written += "".join(str(vars(row)) for row in ContactMethod.history.all())
    assert "s3cret" not in written
