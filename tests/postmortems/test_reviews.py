"""A cause that came back too often: its review opens by itself, executives decide, and who read what is a fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.engine import loops
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.models import Incident, Notification
from postmortems import review, seen, thresholds
from postmortems.models import (
    Action,
    Cause,
    CauseReview,
    Page,
    Postmortem,
    ReviewComment,
    ReviewState,
    ReviewThreshold,
    ReviewView,
)
from postmortems.opening import OPENER
from postmortems.report import choose_cause
from postmortems.tasks import open_owed
from tests.postmortems.conftest import Past, Reported, cause

pytestmark = pytest.mark.later

DAY = timedelta(days=1)
SignIn = Callable[[User], Client]


class Held:
    """A lease that is always kept."""

    def keep(self) -> bool:
        return True


def run(now: datetime) -> int:
    return open_owed(loops.Pass(now=now, lease=Held()))  # type: ignore[arg-type]


def three(reported: Reported, now: datetime, **more: object) -> list[Postmortem]:
    """Three outages of capacity, SEV2: past the starter threshold."""
    return [reported(now - days * DAY, "capacity", **({"severity": "SEV2"} | more)) for days in (50, 20, 2)]


@pytest.fixture
def opened(reported: Reported, mira: User, now: datetime) -> CauseReview:
    """The review that three outages of capacity opened."""
    three(reported, now)
    (crossing,) = thresholds.owed(now)
    return review.open_by_threshold(crossing, by=OPENER, now=now)


def test_it_opens_by_itself_and_executives_are_told(
    reported: Reported, mira: User, dana: User, ivo: User, now: datetime
) -> None:
    outages = three(reported, now)

    run(now)
    run(now)

    found = CauseReview.objects.get()
    assert (found.cause.slug, found.state, found.opened_by_name) == ("capacity", "open", "post-mortem opener")
    assert found.reason == "3 outages of SEV2 or worse within 180 days (threshold: 3)"
    assert set(found.covered.all()) == set(outages)
    told = Notification.objects.filter(key__startswith="review:")
    assert [(row.person, row.link) for row in told] == [(mira, f"/review/reviews/{found.pk}/")]
    assert told[0].subject.startswith("[REVIEW] “Capacity” came back: 3 outages of SEV2")
    assert AuditEntry.objects.get(action="review.opened").data == {
        "cause": "capacity", "severity": "SEV2", "outages": 3, "threshold": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        (["SEV1"], []),
        (["SEV1", "SEV1"], [("SEV1", 2)]),
        (["SEV1", "SEV2"], []),
        (["SEV1", "SEV2", "SEV2"], [("SEV2", 3)]),
        (["SEV3", "SEV3", "SEV3"], []),
        (["SEV3", "SEV3", "SEV3", "SEV2"], [("SEV3", 4)]),
        (["SEV4"] * 5, []),
        (["SEV4"] * 6, [("SEV4", 6)]),
    ],
)
def test_the_worse_the_fewer_it_takes(
    reported: Reported, now: datetime, severities: list[str], expected: list[tuple[str, int]]
) -> None:
    for days, severity in enumerate(severities, start=1):
        reported(now - days * DAY, "capacity", severity=severity)
    assert [(row.threshold.severity, row.count) for row in thresholds.owed(now)] == expected


@pytest.mark.parametrize(("age", "opens"), [(timedelta(days=180), True), (timedelta(days=180, seconds=1), False)])
def test_it_counts_within_the_window(reported: Reported, now: datetime, age: timedelta, opens: bool) -> None:
    reported(now - DAY, "capacity", severity="SEV1")
    reported(now - age, "capacity", severity="SEV1")
    assert bool(thresholds.owed(now)) is opens


def test_drills_unknown_causes_and_inactive_thresholds_open_nothing(
    reported: Reported, past: Past, now: datetime
) -> None:
    for days in (1, 2):
        reported(now - days * DAY, "unknown", severity="SEV1")
    reported(now - 3 * DAY, "capacity", severity="SEV1")
    drill = past(now - 4 * DAY, is_drill=True, severity="SEV1")
    Postmortem.objects.create(incident=drill, opened_at=now, covers_until=now, due_on=now.date(), cause=cause())
    assert thresholds.owed(now) == []

    reported(now - 5 * DAY, "capacity", severity="SEV1")
    assert len(thresholds.owed(now)) == 1
    ReviewThreshold.objects.update(is_active=False)
    assert thresholds.owed(now) == []


def test_another_opens_only_with_an_outage_that_none_has_covered(
    opened: CauseReview, reported: Reported, by_mira: Actor, by_ivo: Actor, now: datetime
) -> None:
    reported(now + DAY, "capacity")
    assert thresholds.owed(now + 2 * DAY) == []
    review.decide(opened, "We buy capacity ahead of demand.", by=by_mira, now=now + 2 * DAY)
    review.sign_off_review(opened, by=by_mira, now=now + 2 * DAY)
    assert opened.covered.count() == 4
    assert thresholds.owed(now + 3 * DAY) == []

    # An old outage whose cause is named only now, and a new one, are both news.
    late = reported(now - 10 * DAY, "deployment")
    assert thresholds.owed(now + 3 * DAY) == []
    choose_cause(late, cause("capacity"), reason="The release was fine.", by=by_ivo, now=now + 3 * DAY)
    assert len(thresholds.owed(now + 3 * DAY)) == 1


def test_a_signed_review_of_grave_outages_hides_no_lower_threshold(
    reported: Reported, by_mira: Actor, now: datetime
) -> None:
    for days in (100, 90):
        reported(now - days * DAY, "capacity", severity="SEV1")
    (grave,) = thresholds.owed(now - 80 * DAY)
    signed = review.open_by_threshold(grave, by=OPENER, now=now - 80 * DAY)
    review.decide(signed, "We accept it.", by=by_mira, now=now - 79 * DAY)
    review.sign_off_review(signed, by=by_mira, now=now - 79 * DAY)

    reported(now - 40 * DAY, "capacity", severity="SEV3")
    assert thresholds.owed(now) == []
    reported(now - 30 * DAY, "capacity", severity="SEV3")
    assert [(row.threshold.severity, row.count) for row in thresholds.owed(now)] == [("SEV3", 4)]


def test_an_outage_that_was_merged_is_none_beside_the_one_that_continued(reported: Reported, now: datetime) -> None:
    merged, into = (reported(now - days * DAY, "capacity", severity="SEV1") for days in (3, 2))
    assert len(thresholds.owed(now)) == 1
    Incident.objects.filter(pk=merged.incident_id).update(merged_into=into.incident_id)
    assert thresholds.owed(now) == []


def test_two_at_once_make_one(opened: CauseReview, now: datetime) -> None:
    crossing = thresholds.crossed(now)[0]
    assert review.open_by_threshold(crossing, by=OPENER, now=now) == opened
    assert Notification.objects.filter(key__startswith="review:").count() == 1


def test_executives_comment_decide_assign_and_sign(
    opened: CauseReview, ivo: User, by_mira: Actor, now: datetime
) -> None:
    review.comment(opened, "Third time. Why?", by=by_mira, now=now)
    with pytest.raises(WrongState, match="Nothing is decided yet about “Capacity”"):
        review.sign_off_review(opened, by=by_mira, now=now)
    review.decide(opened, "Limits are tested before each season.", by=by_mira, now=now)
    fix = review.assign_fix(
        opened, title="Load test every quarter", owner=ivo, due_on=date(2026, 6, 30), by=by_mira, now=now
    )
    done = review.sign_off_review(opened, by=by_mira, now=now)

    assert (done.state, done.signed_off_by_name, done.decided_by_name) == ("signed_off", "Mira Sato", "Mira Sato")
    newest = Postmortem.objects.order_by("-incident__started_at").first()
    assert (fix.review, fix.postmortem, fix.kind) == (opened, newest, "prevent")
    assert Notification.objects.filter(person=ivo, subject__startswith="Assigned to you: “Load test every").exists()
    acts = AuditEntry.objects.filter(action__startswith="review.").order_by("id").values_list("action", flat=True)
    assert [act.removeprefix("review.") for act in acts] == [
        "opened", "commented", "decided", "fix_assigned", "signed_off",
    ]  # fmt: skip


def test_what_is_signed_stays(opened: CauseReview, ivo: User, by_mira: Actor, now: datetime) -> None:
    review.decide(opened, "Accepted.", by=by_mira, now=now)
    review.decide(opened, "Not accepted.", by=by_mira, now=now)
    review.sign_off_review(opened, by=by_mira, now=now)
    assert next(row.decision for row in opened.history.order_by("history_id") if row.decision) == "Accepted."

    day = date(2026, 6, 30)
    for refused in (
        lambda: review.comment(opened, "More.", by=by_mira, now=now),
        lambda: review.decide(opened, "Else.", by=by_mira, now=now),
        lambda: review.assign_fix(opened, title="x", owner=ivo, due_on=day, by=by_mira, now=now),
        lambda: review.sign_off_review(opened, by=by_mira, now=now),
    ):
        with pytest.raises(WrongState, match="Mira Sato signed off the review of “Capacity”; open another review"):
            refused()


def test_it_refuses_empty_words(opened: CauseReview, by_mira: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="Write the comment first"):
        review.comment(opened, " ", by=by_mira, now=now)
    with pytest.raises(InvalidInput, match="“we accept it, because …” is a decision too"):
        review.decide(opened, "", by=by_mira, now=now)
    with pytest.raises(InvalidInput, match="10,000 is the most"):
        review.comment(opened, "x" * 10_001, by=by_mira, now=now)
    assert not ReviewComment.objects.exists()


@pytest.mark.parametrize("who", ["by_dana", "by_mara", "by_ada", "by_otto", "by_ivo"])
def test_only_executives_do_it(
    opened: CauseReview, ivo: User, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    refusals: list[Callable[[], object]] = [
        lambda: review.open_review(opened.cause, reason="x", by=actor, now=now),
        lambda: review.comment(opened, "x", by=actor, now=now),
        lambda: review.decide(opened, "x", by=actor, now=now),
        lambda: review.sign_off_review(opened, by=actor, now=now),
    ]
    for refused in refusals:
        with pytest.raises(NotAllowed, match=r"This takes Executives\."):
            refused()
    if who != "by_ivo":
        with pytest.raises(NotAllowed, match=r"This takes Operations or Executives\."):
            review.assign_fix(opened, title="x", owner=ivo, due_on=date(2026, 6, 30), by=actor, now=now)


def test_an_executive_opens_one_before_any_threshold(
    signed_in: SignIn, mira: User, dana: User, reported: Reported, now: datetime
) -> None:
    reported(now - DAY, "security", severity="SEV4")
    found = cause("security")
    url = f"/review/causes/{found.pk}/open-review/"

    assert signed_in(dana).post(url, {"reason": "x"}).status_code == 403
    assert signed_in(mira).get(url).status_code == 405
    assert signed_in(mira).post(url, {"reason": ""}).status_code == 400
    assert "Open a review of this cause" in signed_in(mira).get(f"/review/causes/{found.pk}/").content.decode()
    page = signed_in(mira).post(url, {"reason": "The board asks."}, follow=True).content.decode()
    assert "The board asks." in page
    assert "Waits for a decision." in page
    assert signed_in(mira).post(url, {"reason": "Again."}).status_code == 409
    assert "Open a review of this cause" not in signed_in(mira).get(f"/review/causes/{found.pk}/").content.decode()


def test_the_page_leads_through_it(signed_in: SignIn, mira: User, ivo: User, opened: CauseReview) -> None:
    client, url = signed_in(mira), f"/review/reviews/{opened.pk}/"
    page = client.get(url).content.decode()
    for words in ("3 outages of SEV2 or worse within 180 days", "Waits for a decision.", "None yet.", "Mira Sato"):
        assert words in page
    assert page.count('class="outage"') == 3

    assert client.post(url, {"verb": "sign_off"}).status_code == 409
    refused = client.post(url, {"verb": "comment", "text": ""})
    assert (refused.status_code, "This field is required." in refused.content.decode()) == (400, True)
    past_day = client.post(
        url, {"verb": "fix", "title": "Plan capacity", "kind": "prevent", "owner": ivo.pk, "due_on": "2020-01-01"}
    )
    assert past_day.status_code == 400
    assert 'value="Plan capacity"' in past_day.content.decode()
    assert "The day lies in the past" in past_day.content.decode()
    assert client.post(url, {"verb": "unknown"}).status_code == 400

    client.post(url, {"verb": "comment", "text": "<b>Why?</b>"})
    client.post(url, {"verb": "decide", "decision": "We plan capacity.", "seen": review.mark(opened)})
    due_on = (clock.now() + 20 * DAY).date().isoformat()
    client.post(url, {"verb": "fix", "title": "Plan capacity", "kind": "prevent", "owner": ivo.pk, "due_on": due_on})
    opened.refresh_from_db()
    page = client.post(url, {"verb": "sign_off", "seen": review.mark(opened)}, follow=True).content.decode()
    assert "&lt;b&gt;Why?&lt;/b&gt;" in page
    assert "✓ Signed off by Mira Sato" in page
    assert "Ivo Brandt, assigned by Mira Sato" in page
    assert "signed the review off, with 3 outages" in page
    assert '<form method="post"' not in page
    assert Action.objects.get().review == opened


def test_the_overview_and_the_cause_link_to_it(signed_in: SignIn, mira: User, opened: CauseReview) -> None:
    for page in ("/review/", f"/review/causes/{opened.cause_id}/"):
        assert f"/review/reviews/{opened.pk}/" in signed_in(mira).get(page).content.decode()


def test_readers_without_the_right_see_no_button(
    signed_in: SignIn, dana: User, cleo: User, opened: CauseReview
) -> None:
    url = f"/review/reviews/{opened.pk}/"
    page = signed_in(dana).get(url).content.decode()
    assert "Waits for a decision." in page
    # To print is to read.
    assert page.count("<form") == page.count('action="/review/printed/new/"') == 1
    assert signed_in(dana).post(url, {"verb": "comment", "text": "x"}).status_code == 403
    assert signed_in(cleo).get(url).status_code == 403


def test_who_had_seen_what_when_is_a_fact(
    signed_in: SignIn, mira: User, dana: User, otto: User, opened: CauseReview
) -> None:
    incident_id = opened.covered.first().incident_id  # type: ignore[union-attr]
    paths = ["/review/", f"/review/causes/{opened.cause_id}/", f"/review/incidents/{incident_id}/"]
    for path in [*paths, f"/review/reviews/{opened.pk}/"]:
        for _ in range(2):
            signed_in(mira).get(path)
        signed_in(otto).get(path)
    signed_in(dana).get(f"/review/reviews/{opened.pk}/")

    rows = ReviewView.objects.order_by("id").values_list("person_name", "page", "object_id")
    assert list(rows) == [
        ("Mira Sato", "overview", 0),
        ("Mira Sato", "cause", opened.cause_id),
        ("Mira Sato", "incident", incident_id),
        ("Mira Sato", "review", opened.pk),
        ("Dana Reyes", "review", opened.pk),
    ]
    assert "Dana Reyes" in signed_in(mira).get(f"/review/reviews/{opened.pk}/").content.decode()


def test_who_opened_the_report_in_the_console_is_listed_with_the_outage(
    signed_in: SignIn, mira: User, ivo: User, otto: User, opened: CauseReview
) -> None:
    report = opened.covered.first()
    assert report is not None
    for person in (ivo, ivo, otto):
        signed_in(person).get(f"/admin/postmortems/postmortem/{report.pk}/change/")

    (row,) = ReviewView.objects.all()
    assert (row.person_name, row.page, row.object_id) == ("Ivo Brandt", "report", report.incident_id)
    page = signed_in(mira).get(f"/review/incidents/{report.incident_id}/").content.decode()
    assert "the post-mortem in the console" in page
    assert ReviewView.objects.filter(page="incident").get().person_name == "Mira Sato"


def test_a_day_is_the_vendors(by_mira: Actor, settings: Settings, db: None) -> None:
    settings.TIME_ZONE = "America/Los_Angeles"
    for hour in (6, 7, 8, 20):
        seen.note(Page.OVERVIEW, by=by_mira, now=datetime(2026, 3, 10, hour, 59, tzinfo=UTC))
    # Midnight there is seven in the morning UTC.
    assert [row.day for row in ReviewView.objects.order_by("day")] == [date(2026, 3, 9), date(2026, 3, 10)]


@pytest.mark.parametrize("model", [ReviewComment, ReviewView])
def test_comments_and_views_can_not_be_changed(
    opened: CauseReview, by_mira: Actor, now: datetime, model: type[ReviewComment] | type[ReviewView]
) -> None:
    review.comment(opened, "So be it.", by=by_mira, now=now)
    seen.note(Page.OVERVIEW, by=by_mira, now=now)
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        model.objects.update(at=now)
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        model.objects.all()._raw_delete(using="default")


def test_administrators_set_the_thresholds(signed_in: SignIn, ada: User, ivo: User, db: None) -> None:
    row = ReviewThreshold.objects.get(severity="SEV2")
    url = f"/admin/postmortems/reviewthreshold/{row.pk}/change/"
    assert signed_in(ivo).post(url, {"outages": 2, "is_active": "on"}).status_code == 403
    signed_in(ada).get(url)
    signed_in(ada).post(url, {"outages": 2, "is_active": "on"})
    row.refresh_from_db()
    assert row.outages == 2
    assert AuditEntry.objects.get(action="review.threshold_changed").actor_name == "Ada Novak"


@pytest.mark.parametrize("outages", [3, 15])
def test_the_page_reads_a_fixed_number_of_times(
    signed_in: SignIn, mira: User, reported: Reported, now: datetime, outages: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for days in range(1, outages + 1):
        reported(now - days * DAY, "capacity")
    found = review.open_by_threshold(thresholds.owed(now)[0], by=OPENER, now=now)
    client = signed_in(mira)
    with django_assert_max_num_queries(25):
        client.get(f"/review/reviews/{found.pk}/")


def test_nothing_is_asked_of_a_quiet_desk(db: None, now: datetime, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert thresholds.owed(now) == []
    assert Cause.objects.filter(reviews__state=ReviewState.OPEN).count() == 0


def test_nobody_signs_or_replaces_a_decision_unseen(
    signed_in: SignIn, mira: User, by_mira: Actor, opened: CauseReview, now: datetime
) -> None:
    client, url = signed_in(mira), f"/review/reviews/{opened.pk}/"
    seen = review.mark(review.decide(opened, "We buy disks.", by=by_mira, now=now))
    review.decide(opened, "We buy nothing.", by=by_mira, now=now)

    for posted in ({"verb": "sign_off"}, {"verb": "sign_off", "seen": seen}):
        refused = client.post(url, posted)
        assert refused.status_code == 409
        assert "decided anew meanwhile" in refused.content.decode()
    assert client.post(url, {"verb": "decide", "decision": "We buy disks.", "seen": seen}).status_code == 409
    opened.refresh_from_db()
    assert (opened.decision, opened.is_open) == ("We buy nothing.", True)
