"""Overrides and swaps: who may, what is refused and why, what is recorded, who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from incidents.models import Notification, Override, Rank, Swap, SwapState
from incidents.oncall.who import find
from incidents.schedules import overriding, swapping
from tests.incidents.schedules.cast import role, window

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NEXT_WEEK = (datetime(2026, 3, 16, 8, tzinfo=UTC), datetime(2026, 3, 23, 8, tzinfo=UTC))
WEEK_AFTER = (datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC))


def told(person: User) -> list[str]:
    return [note.subject for note in Notification.objects.filter(person=person).order_by("id")]


def names(at: datetime) -> list[str]:
    return [person.first_name for person in find([role()], at, "primary")[0].people]


def put(person: User, by: Actor, now: datetime, **fields: object) -> Override:
    span = {"starts_at": now + HOUR, "ends_at": now + 3 * HOUR, "reason": "Ivo is ill"} | fields
    return overriding.override(role(), Rank.PRIMARY, person, by=by, now=now, **span)  # type: ignore[arg-type]


class TestOverride:
    def test_an_administrator_puts_somebody_else_on_call(
        self, ivo: User, petra: User, by_ada: Actor, now: datetime
    ) -> None:
        window(ivo)
        row = put(petra, by_ada, now)
        assert names(now + 2 * HOUR) == ["Petra"]
        assert names(now + 3 * HOUR) == ["Ivo"]
        assert told(petra) == ["[ON CALL] On-call operations: you are on call"]
        assert told(ivo) == ["[ON CALL] On-call operations: you are relieved"]
        assert "Tue 10 Mar 15:00 to 17:00 UTC" in Notification.objects.get(person=petra).body
        assert AuditEntry.objects.get(action="oncall.overridden").object_id == str(row.pk)
        assert row.history.get().history_actor == "Ada Novak"

    def test_whoever_is_on_call_hands_over_their_own_time(
        self, ivo: User, petra: User, by_ivo: Actor, now: datetime
    ) -> None:
        window(ivo)
        put(petra, by_ivo, now, starts_at=now - HOUR)
        assert Override.objects.get().starts_at == now, "the past is not rewritten"
        assert names(now) == ["Petra"]

    def test_nobody_hands_over_what_is_not_theirs(
        self, ivo: User, petra: User, by_ivo: Actor, by_dana: Actor, by_otto: Actor, now: datetime
    ) -> None:
        window(petra, ivo)  # Ivo until Monday
        for by in (by_dana, by_otto):
            with pytest.raises(NotAllowed):
                put(petra, by, now)
        with pytest.raises(NotAllowed, match=r"Ivo Brandt is not on call as On-call operations .* all of that time"):
            put(petra, by_ivo, now, ends_at=NEXT_WEEK[0] + HOUR)
        assert not Override.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"reason": "  "}, "reason", "Say why"),
            ({"ends_at": datetime(2026, 3, 10, 15, tzinfo=UTC)}, "ends_at", "after the start"),
            ({"starts_at": datetime(2026, 3, 1, tzinfo=UTC), "ends_at": datetime(2026, 3, 10, 14, tzinfo=UTC)},
             "ends_at", "This time is over"),
            ({"ends_at": datetime(2026, 7, 1, tzinfo=UTC)}, "ends_at", "longer than three months"),
        ],
    )  # fmt: skip
    def test_it_says_what_is_wrong_with_the_time(
        self, petra: User, by_ada: Actor, now: datetime, fields: dict[str, object], field: str, words: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            put(petra, by_ada, now, **fields)
        assert words in refused.value.errors[field]

    def test_only_somebody_of_the_group_who_is_here_can_take_it(
        self, dana: User, petra: User, by_ada: Actor, now: datetime
    ) -> None:
        with pytest.raises(InvalidInput, match="Dana Reyes is not in Operations"):
            put(dana, by_ada, now)
        petra.is_active = False
        petra.save()
        with pytest.raises(InvalidInput, match="not active"):
            put(petra, by_ada, now)

    def test_it_is_ended_by_its_maker_and_what_has_been_stays(
        self, ivo: User, petra: User, by_ivo: Actor, by_dana: Actor, now: datetime
    ) -> None:
        window(ivo)
        row = put(petra, by_ivo, now)
        with pytest.raises(NotAllowed, match="Ivo Brandt made this override"):
            overriding.withdraw(row, by=by_dana, now=now)
        ended = overriding.withdraw(row, by=by_ivo, now=now + 2 * HOUR)
        assert (ended.ends_at, ended.withdrawn_at) == (now + 2 * HOUR, None)
        assert names(now + 90 * timedelta(minutes=1)) == ["Petra"]
        assert names(now + 2 * HOUR) == ["Ivo"]
        with pytest.raises(WrongState, match="over already"):
            overriding.withdraw(row, by=by_ivo, now=now + 2 * HOUR)
        early = put(petra, by_ivo, now + 2 * HOUR, starts_at=now + 5 * HOUR, ends_at=now + 6 * HOUR)
        overriding.withdraw(early, by=by_ivo, now=now + 3 * HOUR)
        assert names(now + 5 * HOUR) == ["Ivo"]


class TestSwap:
    def test_two_people_exchange_weeks(self, ivo: User, petra: User, by_ivo: Actor, now: datetime) -> None:
        window(ivo, petra)  # Petra this week, Ivo the next, Petra after that
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, takes=WEEK_AFTER, reason="Wedding", by=by_ivo, now=now)
        assert names(NEXT_WEEK[0]) == ["Ivo"]
        assert told(petra) == ["[ON CALL] Ivo Brandt asks for a swap as On-call operations"]
        assert "Mon 16 Mar 08:00 to Mon 23 Mar 08:00 UTC" in Notification.objects.get(person=petra).body
        swapping.accept(swap, by=Actor.person(petra), now=now + HOUR)
        assert names(NEXT_WEEK[0]) == ["Petra"]
        assert names(WEEK_AFTER[0]) == ["Ivo"]
        assert names(WEEK_AFTER[1]) == ["Ivo"], "his own turn"
        assert told(ivo) == ["[ON CALL] Petra Weiss has accepted your swap"]
        actions = AuditEntry.objects.filter(object_type="incidents.swap").values_list("action", flat=True)
        assert set(actions) == {"oncall.swap_asked", "oncall.swap_accepted"}
        assert Swap.objects.get().history.count() == 2

    def test_a_backup_who_takes_the_shift_is_backed_up_by_the_one_who_gave_it(
        self, ivo: User, petra: User, by_ivo: Actor, now: datetime
    ) -> None:
        window(ivo, petra)
        window(petra, ivo, rank=Rank.BACKUP)
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, by=by_ivo, now=now)
        swapping.accept(swap, by=Actor.person(petra), now=now)
        backup = find([role()], NEXT_WEEK[0], "backup")[0]
        assert names(NEXT_WEEK[0]) == ["Petra"]
        assert ([person.first_name for person in backup.people], backup.detour) == (["Ivo"], "")

    def test_only_the_one_who_was_asked_answers_and_only_once(
        self, ivo: User, petra: User, by_ivo: Actor, by_ada: Actor, now: datetime
    ) -> None:
        window(ivo, petra)
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, by=by_ivo, now=now)
        for by in (by_ivo, by_ada):
            with pytest.raises(NotAllowed, match="Only Petra Weiss can answer"):
                swapping.accept(swap, by=by, now=now)
        swapping.decline(swap, by=Actor.person(petra), now=now)
        assert told(ivo) == ["[ON CALL] Petra Weiss can't take your shift"]
        with pytest.raises(WrongState, match="declined already"):
            swapping.accept(swap, by=Actor.person(petra), now=now)
        assert names(NEXT_WEEK[0]) == ["Ivo"]

    def test_it_is_taken_back_by_the_asker(self, ivo: User, petra: User, by_ivo: Actor, now: datetime) -> None:
        window(ivo, petra)
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, by=by_ivo, now=now)
        with pytest.raises(NotAllowed, match="Only Ivo Brandt can take back"):
            swapping.take_back(swap, by=Actor.person(petra), now=now)
        assert swapping.take_back(swap, by=by_ivo, now=now).state == SwapState.WITHDRAWN

    def test_it_is_refused_when_the_schedule_changed_meanwhile(
        self, ivo: User, petra: User, noor: User, by_ivo: Actor, by_ada: Actor, now: datetime
    ) -> None:
        window(ivo, petra)
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, by=by_ivo, now=now)
        put(noor, by_ada, now, starts_at=NEXT_WEEK[0], ends_at=NEXT_WEEK[0] + HOUR)
        with pytest.raises(WrongState, match="The schedule has changed since this was asked"):
            swapping.accept(swap, by=Actor.person(petra), now=now)

    def test_it_is_refused_when_its_time_has_begun(self, ivo: User, petra: User, by_ivo: Actor, now: datetime) -> None:
        window(ivo, petra)
        swap = swapping.ask(role(), petra, gives=NEXT_WEEK, by=by_ivo, now=now)
        with pytest.raises(WrongState, match="has begun"):
            swapping.accept(swap, by=Actor.person(petra), now=NEXT_WEEK[0])

    def test_it_says_what_is_wrong(
        self, ivo: User, petra: User, noor: User, dana: User, by_ivo: Actor, now: datetime
    ) -> None:
        window(ivo, petra)
        window(noor)
        for partner, gives, takes, words in (
            (ivo, NEXT_WEEK, None, "That is you"),
            (petra, WEEK_AFTER, None, "Ivo Brandt is not on call"),
            (petra, NEXT_WEEK, (WEEK_AFTER[0], WEEK_AFTER[1] + HOUR), "Petra Weiss is not on call"),
            (noor, NEXT_WEEK, None, "Noor Haddad is on call as On-call operations in that time already"),
            (dana, NEXT_WEEK, None, "not in Operations"),
            (petra, (now - HOUR, now + HOUR), None, "has begun"),
            (petra, NEXT_WEEK, (NEXT_WEEK[1] - HOUR, NEXT_WEEK[1] + HOUR), "overlap"),
        ):
            with pytest.raises(InvalidInput, match=words):
                swapping.ask(role(), partner, gives=gives, takes=takes, by=by_ivo, now=now)
        assert not Swap.objects.exists()
