"""Can everybody be reached? For the doctor, the readiness score and the administrators' page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from crisisdesk.core.models import User
from incidents.models import ContactKind, ContactMethod, IncidentRole
from incidents.oncall import channels
from incidents.schedules.rules import RANKS, Rules, read_rules

AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Reach:
    """One person: kinds that work beside the account's mail, methods that wait for their code, and those in trouble."""

    person: User
    kinds: tuple[str, ...]
    unverified: tuple[ContactMethod, ...]
    troubled: tuple[ContactMethod, ...]

    @property
    def has_second(self) -> bool:
        """Another channel than e-mail."""
        return any(kind != ContactKind.EMAIL for kind in self.kinds)

    @property
    def can_be_woken(self) -> bool:
        """By SMS, call or push."""
        return bool({ContactKind.SMS, ContactKind.VOICE, ContactKind.PUSH} & set(self.kinds))


def reachability(people: Iterable[User]) -> list[Reach]:
    """How each of them can be reached now, in one query; order as given."""
    people = list(people)
    methods: dict[int, list[ContactMethod]] = defaultdict(list)
    for method in ContactMethod.objects.kept().filter(person__in=people).order_by("id"):
        methods[method.person_id].append(method)
    working = channels.working_kinds()
    return [_reach(person, methods[person.pk], working) for person in people]


def unverified() -> list[ContactMethod]:
    """Methods of active people whose code has not come back, so that they are not used."""
    rows = ContactMethod.objects.kept().filter(verified_at=None, person__is_active=True)
    return list(rows.select_related("person").order_by("person", "id"))


def people_to_reach(now: datetime, *, ahead: timedelta = AHEAD) -> list[User]:
    """Whoever is paged by alerts: on call within `ahead` for such a role, or in its group where nobody is."""
    roles = list(IncidentRole.objects.filter(paged_on_alert=True))
    rules = read_rules({role.pk for role in roles}, now, now + ahead) if roles else Rules()
    on_duty: set[int] = set()
    empty = []
    for role in roles:
        found = {piece.person for rank in RANKS for piece in rules.pieces(role.pk, rank, now, now + ahead)}
        on_duty |= found
        empty += [] if found else [role.group]
    wanted = Q(pk__in=on_duty) | Q(groups__name__in=empty)
    return list(User.objects.filter(wanted, is_active=True).distinct().order_by("id"))


def _reach(person: User, methods: Sequence[ContactMethod], working: Sequence[str]) -> Reach:
    usable = [method for method in methods if method.is_usable and method.kind in working]
    return Reach(
        person=person,
        kinds=tuple(dict.fromkeys(method.kind for method in usable)),
        unverified=tuple(method for method in methods if method.verified_at is None),
        troubled=tuple(method for method in usable if method.trouble),
    )
