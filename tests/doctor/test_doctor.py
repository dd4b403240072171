"""The report as somebody reads it, and what each part looks at."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crisisdesk.core import health
from crisisdesk.core.access import Group
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from crisisdesk.core.transports.opening import configs_for
from crisisdesk.doctor import doors, keys, work
from crisisdesk.doctor.finding import Finding, Level
from crisisdesk.management.commands import doctor
from customers.delivery import trouble
from incidents.models import IncidentRole, Rank, Shift, Template
from incidents.schedules.standing import AHEAD
from incidents.templates import approve
from tests.doctor.test_domain import GOOD, Zone
from tests.mail_servers import OpenServer, ScriptedServer, free_port

START = datetime(2026, 3, 10, 14, tzinfo=UTC)


def by_subject(found: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.about: finding for finding in found}


@pytest.fixture
def sound(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings with nothing to find fault with, and servers that answer."""
    secret = "a-long-secret-of-many-different-characters-0123456789"
    monkeypatch.setenv("SECRET_KEY", secret)
    settings.SECRET_KEY, settings.DEBUG = secret, False
    settings.LINK_KEYS = ["k" * 40]
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://desk.example", ["desk.example"]
    settings.MAIL_FROM, settings.REPLY_TO = "Support <support@status.example.com>", "help@status.example.com"
    settings.DKIM_SELECTORS = ["s1"]
    with OpenServer() as one, OpenServer() as two:
        settings.CUSTOMER_MAIL_URL, settings.STAFF_MAIL_URL = one.url, two.url
        yield settings


def test_keys_in_order_are_said_to_be(sound: Settings) -> None:
    assert {finding.level for finding in keys.examine()} == {Level.OK}


@pytest.mark.parametrize(
    ("name", "value", "about", "level"),
    [
        ("DEBUG", True, "DEBUG", Level.FAIL),
        ("SECRET_KEY", "short", "SECRET_KEY", Level.FAIL),
        ("SECRET_KEY", "ab" * 40, "SECRET_KEY", Level.FAIL),
        ("LINK_KEYS", [], "LINK_KEYS", Level.FAIL),
        ("LINK_KEYS", ["k" * 40, "short"], "LINK_KEYS", Level.FAIL),
        ("LINK_KEYS", ["a-long-secret-of-many-different-characters-0123456789"], "LINK_KEYS", Level.FAIL),
        ("BASE_URL", "http://desk.example", "BASE_URL", Level.WARN),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS", Level.FAIL),
    ],
)
def test_each_weak_key_is_found_and_never_shown(
    sound: Settings, name: str, value: object, about: str, level: Level
) -> None:
    setattr(sound, name, value)
    finding = by_subject(keys.examine())[about]
    assert finding.level is level
    assert finding.hint
    assert "short" not in finding.text.replace("shorter", "")
    assert "a-long-secret" not in finding.text


def test_a_key_of_each_process_is_told(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    assert by_subject(keys.examine())["SECRET_KEY"].level is Level.WARN


@pytest.mark.parametrize(
    ("secret", "level"), [("", Level.FAIL), ("short:x", Level.WARN), ("user:" + "x" * 40, Level.OK)]
)
def test_a_providers_events_need_something_to_check_them_by(sound: Settings, secret: str, level: Level) -> None:
    sound.CUSTOMER_MAIL_URL = "anymail+postmark://"
    sound.ANYMAIL = {"WEBHOOK_SECRET": secret}
    assert by_subject(keys.examine())["events"].level is level


@pytest.mark.parametrize(
    ("ways", "known", "level"),
    [
        ("anymail+mailgun://", {"MAILGUN_API_KEY": "key"}, Level.OK),
        ("anymail+postmark://", {"MAILGUN_API_KEY": "key"}, Level.FAIL),
        ("anymail+mailgun:// anymail+postmark://", {"MAILGUN_API_KEY": "key"}, Level.FAIL),
    ],
)
def test_each_provider_has_a_signature_of_its_own_or_the_secret(
    sound: Settings, ways: str, known: dict[str, str], level: Level
) -> None:
    sound.CUSTOMER_MAIL_URL, sound.ANYMAIL = ways, known
    assert by_subject(keys.examine())["events"].level is level


def test_the_reports_of_ses_need_a_topic(sound: Settings) -> None:
    sound.CUSTOMER_MAIL_URL, sound.ANYMAIL = "anymail+amazon_ses://", {}
    assert "AMAZON_SES_TOPIC_ARN" in by_subject(keys.examine())["events"].hint
    assert "AMAZON_SES_REGION" in by_subject(doors.examine(START))["mail to customers"].text
    sound.ANYMAIL = {"AMAZON_SES_TOPIC_ARN": "arn:aws:sns:eu-central-1:1:reports"}
    assert "events" not in by_subject(keys.examine())


def test_servers_that_answer_are_fine(sound: Settings) -> None:
    assert {finding.level for finding in doors.examine(START)} == {Level.OK}


def test_a_server_that_is_down_is_found(sound: Settings) -> None:
    sound.STAFF_MAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    finding = by_subject(doors.examine(START))["mail to staff"]
    assert finding.level is Level.FAIL
    assert "does not answer" in finding.text


def test_each_server_of_a_list_is_looked_at(sound: Settings) -> None:
    sound.CUSTOMER_MAIL_URL = f"{sound.CUSTOMER_MAIL_URL} smtp://127.0.0.1:{free_port()}"
    levels = [one.level for one in doors.examine(START) if one.about == "mail to customers"]
    assert levels == [Level.OK, Level.FAIL]


def test_a_refused_sign_in_is_found_and_the_password_is_not_shown(sound: Settings) -> None:
    def rule(event: str, _: str) -> str | None:
        return "535 5.7.8 no" if event == "AUTH" else None

    with ScriptedServer(rule, extensions=("AUTH PLAIN",)) as server:
        sound.CUSTOMER_MAIL_URL = server.url.replace("smtp://", "smtp://user:hunter2@")
        finding = by_subject(doors.examine(START))["mail to customers"]
    assert finding.level is Level.FAIL
    assert "refuses our sign-in (535)" in finding.text
    assert "hunter2" not in str(finding)


def test_a_server_without_encryption_is_found(sound: Settings) -> None:
    with ScriptedServer() as server:
        sound.CUSTOMER_MAIL_URL = server.url.replace("smtp://", "smtp+tls://")
        finding = by_subject(doors.examine(START))["mail to customers"]
    assert finding.level is Level.FAIL
    assert "does not offer what we demand" in finding.text


@pytest.mark.parametrize(("days", "level"), [(100, Level.OK), (3, Level.WARN)])
def test_a_certificate_that_ends_soon_is_told(sound: Settings, days: int, level: Level) -> None:
    ends = (START + timedelta(days=days)).strftime("%b %d %H:%M:%S %Y GMT")
    (config,) = configs_for("customers")
    assert doors._encrypted(config, "mail", ends, START).level is level


def test_an_unknown_authority_is_found(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: object) -> None:
        error = ssl.SSLCertVerificationError(1, "no")
        error.verify_message = "self-signed certificate"
        raise error

    monkeypatch.setattr(doors, "connect", refuse)
    finding = by_subject(doors.examine(START))["mail to customers"]
    assert finding.level is Level.FAIL
    assert "self-signed certificate" in finding.text


def test_a_provider_without_its_key_is_found(sound: Settings) -> None:
    sound.CUSTOMER_MAIL_URL, sound.ANYMAIL = "anymail+postmark://", {}
    finding = by_subject(doors.examine(START))["mail to customers"]
    assert finding.level is Level.FAIL
    assert "POSTMARK_SERVER_TOKEN" in finding.text


def test_one_way_for_everything_is_told(sound: Settings) -> None:
    sound.STAFF_MAIL_URL = sound.CUSTOMER_MAIL_URL
    assert "goes the same way" in " ".join(one.text for one in doors.examine(START))


def test_half_of_an_sms_account_is_none(sound: Settings) -> None:
    sound.TWILIO_ACCOUNT_SID = "AC1"
    assert by_subject(doors.examine(START))["SMS"].level is Level.FAIL


@pytest.mark.parametrize(("seconds", "level"), [(0, Level.OK), (1.9, Level.OK), (2, Level.WARN), (60, Level.FAIL)])
def test_clocks_that_differ_are_found(seconds: float, level: Level) -> None:
    assert work.clock(START, START + timedelta(seconds=seconds)).level is level
    assert work.clock(START, START - timedelta(seconds=seconds)).level is level


@pytest.mark.django_db
class TestWork:
    """The database's part."""

    def test_a_fresh_desk_has_no_approved_words_and_nobody_on_call(self, ivo: User) -> None:
        Template.objects.update(approved_at=None)
        found = by_subject(work.examine(START))
        assert found["worker"].level is Level.FAIL
        assert found["templates"].level is Level.FAIL
        assert "first alert" in found["templates"].text
        assert found["on call"].hint

    def test_people_on_call_without_a_gap_are_fine(self, ivo: User) -> None:
        IncidentRole.objects.update(paged_on_alert=False)
        role = IncidentRole.objects.first()
        assert role is not None
        role.paged_on_alert, role.group = True, Group.OPERATIONS
        role.save()
        end = START + AHEAD
        Shift.objects.create(role=role, person=ivo, rank=Rank.PRIMARY, starts_at=START, ends_at=end)
        assert by_subject(work.examine(START))["on call"].level is Level.OK
        later = by_subject(work.examine(START + timedelta(hours=1)))["on call"]
        assert later.level is Level.WARN
        assert "nobody from Tue 24 Mar 14:00 to Tue 24 Mar 15:00 UTC" in later.text
        ivo.is_active = False
        ivo.save()
        assert by_subject(work.examine(START))["on call"].level is Level.FAIL

    def test_approved_words_for_each_kind_are_fine(self, by_mara: Actor, now: datetime) -> None:
        for template in Template.objects.filter(approved_at=None):
            approve(template, by=by_mara, now=now)
        assert by_subject(work.examine(START))["templates"].level is Level.OK

    def test_an_open_trouble_is_told(self) -> None:
        trouble.note("mx1:25", "connection", "No connection to the mail server", now=START)
        assert by_subject(work.examine(START))["sending"].text == "mx1:25: No connection to the mail server"


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command with a zone of its own."""
    monkeypatch.setattr(doctor, "SystemResolver", lambda: Zone(GOOD))

    def run() -> tuple[str, str]:
        out = StringIO()
        try:
            call_command("doctor", stdout=out, no_color=True)
        except CommandError as error:
            return out.getvalue(), str(error)
        return out.getvalue(), ""

    return run


@pytest.mark.django_db
def test_the_report_has_a_line_for_each_finding_and_fails_when_one_does(sound: Settings, report: Any) -> None:
    text, failure = report()
    assert "ok    SPF: status.example.com names its servers" in text
    assert "fail  worker:" in text
    assert "      Start it with: manage.py run\n" in text
    assert failure.endswith("failed.")


@pytest.mark.django_db
def test_the_report_of_a_sound_desk_does_not_fail(
    sound: Settings, report: Any, by_mara: Actor, ivo: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "check", lambda: health.Health(database=True, loops=(), supervisors=1, reasons=()))
    monkeypatch.setattr(work, "_on_call", lambda now: iter(()))
    for template in Template.objects.filter(approved_at=None):
        approve(template, by=by_mara, now=now)
    text, failure = report()
    assert failure == "", text
    assert "fail" not in text.replace("0 failed", "")
