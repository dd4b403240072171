"""Pages on paper: made in the background, kept, handed out to who may read them; nothing is fetched for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from pytest_django import Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import loops
from crisisdesk.core.models import User
from crisisdesk.core.refusals import NotAllowed
from incidents.models import Attempt
from incidents.oncall.channels.mail import compose
from incidents.oncall.sender import send_ready
from postmortems import checks, packs, printing, printouts
from postmortems.models import Postmortem, Printed, Printout, PrintState, ReviewView
from postmortems.printing import Refused, content_of
from postmortems.quarters import Quarter
from postmortems.selection import Selection
from postmortems.tasks import open_owed, print_out
from tests.incidents.oncall.postbox import postbox
from tests.postmortems.conftest import Reported, approved
from tests.postmortems.test_opening import Lease
from tests.postmortems.test_reviews import Held

SignIn = Callable[[User], Client]
DAY = timedelta(days=1)


def words_of(row: Printout) -> str:
    """The text of all pages of a finished PDF."""
    row.refresh_from_db()
    assert row.state == PrintState.READY, row.problem
    document = pypdfium2.PdfDocument(BytesIO(bytes(row.content.data)))
    assert len(document) == row.pages
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)


def ordered(client: Client, **fields: Any) -> Printout:
    """Press "PDF" and let the worker do it."""
    response = client.post("/review/printed/new/", fields)
    assert response.status_code == 302, response.content.decode()
    row = Printout.objects.latest("pk")
    assert response["Location"] == f"/review/printed/{row.pk}/"
    assert "It is being made." in client.get(response["Location"]).content.decode()
    print_out(row.pk)
    return row


def test_what_a_worker_prints_nobody_has_seen(reported: Reported, by_mira: Actor, now: datetime) -> None:
    found = reported(now - DAY)
    about = {"cause": found.cause_id, "incident": found.incident_id, "overview": 0}
    for kind, key in about.items():
        row = printouts.order(kind, Selection(now), title="x", object_id=key or 0, by=by_mira, now=now)
        print_out(row.pk)
        row.refresh_from_db()
        assert row.is_ready
    assert not ReviewView.objects.exists()


def test_an_order_that_nobody_takes_is_rung_for_now_and_then(
    by_mira: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = printouts.order("overview", Selection(now), title="x", by=by_mira, now=now)
    rung: list[int] = []
    monkeypatch.setattr(printouts, "ring", lambda row: rung.append(row.pk))
    late = now + printouts.PATIENCE
    for seconds in (0, 1, 2, 359):
        assert open_owed(loops.Pass(now=late + timedelta(seconds=seconds), lease=Held())) == (seconds == 0)  # type: ignore[arg-type]
    assert rung == [row.pk]
    open_owed(loops.Pass(now=late + printouts.PATIENCE, lease=Held()))  # type: ignore[arg-type]
    assert rung == [row.pk, row.pk]


def test_the_internal_report_and_the_pack_are_printed(
    signed_in: SignIn, mira: User, ivo: User, by_ivo: Actor, postmortem: Postmortem, now: datetime
) -> None:
    report = approved(postmortem, ivo, by_ivo, now)
    client = signed_in(mira)

    row = ordered(client, kind="postmortem", object=report.pk)
    text = words_of(row)
    for words in ("Payments are failing", "The pool of connections ran dry.", "Double the pool", "times in UTC"):
        assert words in text
    response = client.get(f"/review/printed/{row.pk}/file/")
    assert hashlib.sha256(response.content).hexdigest() == row.sha256
    assert (response["X-Content-Type-Options"], response["Content-Type"]) == ("nosniff", "application/pdf")
    assert response["Content-Disposition"].startswith("attachment;")

    text = words_of(ordered(client, kind="pack", period="2026-Q1"))
    chapters = ("January to March 2026", "Contents", "Headline figures", "What came back", "Post-mortems", "Actions",
                "Promises to customers, and what they said")  # fmt: skip
    places = [text.index(words) for words in chapters]
    assert places == sorted(places)
    assert "Capacity" in text


def test_a_report_is_for_who_may_see_post_mortems_and_the_rest_for_readers_of_the_review(
    signed_in: SignIn, cleo: User, otto: User, mira: User, postmortem: Postmortem
) -> None:
    pressed = {"kind": "postmortem", "object": postmortem.pk}
    assert signed_in(cleo).post("/review/printed/new/", pressed).status_code == 302
    assert signed_in(otto).post("/review/printed/new/", pressed).status_code == 403
    assert signed_in(cleo).post("/review/printed/new/", {"kind": "overview"}).status_code == 403
    row = Printout.objects.get()
    assert signed_in(otto).get(f"/review/printed/{row.pk}/").status_code == 403
    assert signed_in(otto).get(f"/review/printed/{row.pk}/file/").status_code in (403, 404)
    assert signed_in(mira).post("/review/printed/new/", {"kind": "nonsense"}).status_code == 404
    assert signed_in(mira).post("/review/printed/new/", {"kind": "rows", "listing": "x"}).status_code == 404
    assert signed_in(mira).post("/review/printed/new/", {"kind": "cause", "object": 999}).status_code == 404


def test_an_order_is_made_once_and_a_dead_worker_is_taken_over(by_mira: Actor, now: datetime) -> None:
    first = printouts.order(Printed.OVERVIEW, Selection(now), title="x", by=by_mira, now=now)
    assert printouts.order(Printed.OVERVIEW, Selection(now), title="x", by=by_mira, now=now) == first
    assert printouts.owed(now + printouts.PATIENCE - timedelta(seconds=1)) == []
    assert printouts.owed(now + printouts.PATIENCE) == [first]

    for attempt in range(printouts.ATTEMPTS):
        later = now + attempt * printouts.PATIENCE
        assert printouts.claim(first.pk, later) == first
        assert printouts.claim(first.pk, later + timedelta(seconds=1)) is None
    assert printouts.claim(first.pk, now + printouts.ATTEMPTS * printouts.PATIENCE) is None
    first.refresh_from_db()
    assert (first.state, first.problem) == ("failed", "It was begun three times and never finished.")


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a.css", "http://127.0.0.1/", "file:///etc/passwd", "static:../crisisdesk/settings.py",
     "static:../../etc/hosts.css", "font:../../x.ttf", "chart:other", "data:text/css,x", "ftp://x/y.css"],
)  # fmt: skip
def test_a_printed_page_fetches_nothing(url: str) -> None:
    with pytest.raises(Refused, match="A printed page may not use"):
        content_of(url, {"outages": lambda: "<svg/>"})


def test_a_page_may_use_its_sheet_its_font_and_its_charts() -> None:
    assert content_of("static:review/print.css", {})[1] == "text/css"
    assert content_of("font:DejaVuSans.ttf", {})[1] == "font/ttf"
    assert content_of("chart:outages", {"outages": lambda: "<svg/>"}) == (b"<svg/>", "image/svg+xml")


def test_without_pango_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, by_mira: Actor, now: datetime) -> None:
    def absent(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(printing, "CDLL", absent)
    monkeypatch.setattr(printing, "find_library", lambda _name: None)
    (problem,) = checks.check_printing()
    assert (problem.id, "apt install libpango-1.0-0" in str(problem.hint)) == ("postmortems.W001", True)

    row = printouts.order(Printed.OVERVIEW, Selection(now), title="x", by=by_mira, now=now)
    print_out(row.pk)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "apt install libpango-1.0-0" in row.problem


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 4, 9), None),
        (date(2026, 4, 10), ("2026-Q1", date(2026, 4, 10))),
        (date(2026, 4, 23), ("2026-Q1", date(2026, 4, 10))),
        (date(2026, 4, 24), None),
        (date(2026, 1, 10), ("2025-Q4", date(2026, 1, 10))),
    ],
)
def test_a_pack_falls_due_on_its_day_of_the_quarter(
    settings: Settings, today: date, due: tuple[str, date] | None
) -> None:
    settings.REVIEW_PACK_DAYS = [10]
    found = packs.due(today)
    assert (found and (found[0].name, found[1])) == due


def test_the_pack_is_mailed_once_attached_or_linked(
    settings: Settings, mira: User, dana: User, reported: Reported, now: datetime
) -> None:
    settings.REVIEW_PACK_DAYS = [10]
    reported(now - DAY)
    at = datetime(2026, 4, 10, 12, 0, tzinfo=now.tzinfo)
    row = packs.order_due(at)
    assert row is not None
    assert packs.order_due(at + DAY) is None
    assert packs.unmailed() == []
    printouts.finish(row, printing.Printed(b"%PDF-1.7 small", 12), now=at)

    (waiting,) = packs.unmailed()
    (told,) = packs.mail(waiting, now=at)
    assert packs.mail(waiting, now=at) == []
    assert packs.unmailed() == []
    assert told.person == mira
    assert told.link == f"/review/printed/{row.pk}/"
    mail = compose(Attempt(notification=told, position=0), []).content
    assert b'filename="crisisdesk-pack-2026-Q1.pdf"' in mail

    settings.REVIEW_PACK_ATTACH_MB = 0
    assert b"filename=" not in compose(Attempt(notification=told, position=0), []).content


def test_the_pack_reaches_executives_by_the_loops_alone(
    settings: Settings, mira: User, dana: User, reported: Reported, now: datetime
) -> None:
    """The opener orders it on its day, a worker makes it, the notifier mails it; nobody presses anything."""
    settings.REVIEW_PACK_DAYS = [10]
    reported(now - DAY)
    with postbox() as box:
        settings.STAFF_MAIL_URL = box.url
        at = datetime(2026, 4, 10, 12, 0, tzinfo=now.tzinfo)
        for moment in (at, at + timedelta(seconds=2)):
            open_owed(loops.Pass(now=moment, lease=Held()))  # type: ignore[arg-type]
        (task,) = [row.task for row in OrmQ.objects.all() if row.task["func"] == printouts.TASK]
        import_string(task["func"])(*task["args"])
        for _ in range(3):
            send_ready(loops.Pass(now=clock.now(), lease=Lease()))
    ((recipient, mail),) = [
        (recipient, mail)
        for recipient, mail in zip(box.recipients, box.mails, strict=True)
        if "Review pack" in mail["subject"]
    ]
    assert recipient == mira.email
    assert mail["subject"].startswith("[REVIEW] Review pack, January to March 2026: ")
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "crisisdesk-pack-2026-Q1.pdf"
    assert len(pypdfium2.PdfDocument(BytesIO(file.get_content()))) > 2
    assert "/review/printed/" in box.text_of(mira.email)


def test_a_quarter_in_which_nothing_happened_makes_no_pack(settings: Settings, db: None) -> None:
    settings.REVIEW_PACK_DAYS = [1]
    assert packs.order_due(clock.now().replace(month=4, day=1)) is None


def test_otto_orders_nothing(by_otto: Actor, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="may not see the executive review"):
        printouts.order(Printed.PACK, Selection(now, "2026-Q1"), title="x", by=by_otto, now=now)


def test_what_can_not_be_printed_is_no_page(signed_in: SignIn, mira: User) -> None:
    client = signed_in(mira)
    assert client.post("/review/printed/new/", {"kind": "pack", "period": "2999-Q1"}).status_code == 404
    assert not Printout.objects.exists()
    fields = {"kind": "rows", "listing": "outages", "service": "\0", "month": "a\0", "severity": "SEV1"}
    assert client.post("/review/printed/new/", fields).status_code == 302
    assert Printout.objects.get().params == {"severity": "SEV1"}


def test_a_pack_of_the_schedule_that_fails_is_told_and_tried_again(
    mira: User, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    quarter = Quarter.of(now.date()).earlier()
    row = Printout.objects.create(
        kind="pack",
        period=quarter.name,
        title="Review pack",
        asked_at=now,
        asked_by_name="review printer",
        due_on=now.date(),
        attempts=1,
        begun_at=now,
        state="failed",
        problem="Pango is missing.",
    )
    told = packs.tell_failed(row, now=now)
    assert {note.person for note in told} == {mira, ada}
    assert packs.tell_failed(row, now=now) == told

    monkeypatch.setattr(packs, "due", lambda today: (quarter, now.date()))
    packs.order_due(now + timedelta(hours=23))
    row.refresh_from_db()
    assert row.state == "failed"
    packs.order_due(now + timedelta(hours=25))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)


def test_who_took_a_pdf_away_is_recorded(signed_in: SignIn, mira: User) -> None:
    client = signed_in(mira)
    row = ordered(client, kind="overview")
    print_out(row.pk)
    client.get(f"/review/printed/{row.pk}/file/")
    client.get(f"/review/printed/{row.pk}/file/")
    view = ReviewView.objects.get(page="printout")
    assert (view.person, view.object_id) == (mira, row.pk)
