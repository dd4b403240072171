"""Whom a message goes to, and who became affected since the last one (Step 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from customers.affected import Audience, AudienceCounts
from customers.delivery.ledger import ever_told
from customers.models import Contact, Delivery, DeliveryState, Unreached
from customers.recently import changed_since, people_changed, services_changed
from incidents.correcting import owed_to
from incidents.models import AffectedService, CarriedOver, Incident, Update, UpdateKind
from incidents.scope import audience_of

# They go to exactly those who were told before.
TO_THE_TOLD = frozenset({UpdateKind.FINAL, UpdateKind.CORRECTION, UpdateKind.POSTMORTEM})


def recipients(
    incident: Incident, kind: str, corrects: Update | None = None, *, affected: Audience | None = None
) -> list[QuerySet[Contact]]:
    """Whom a message of this kind goes to, with the reason for each; a contact in two sets takes the first reason.

    The first alert goes to the affected; later updates also to whoever was told before, although the scope narrowed
    since; a catch-up to the affected who were told nothing; final message and post-mortem to exactly those who were
    told; a correction to exactly those who got the message that it `corrects`. `affected` is the audience, where the
    caller has read it already.
    """
    if kind == UpdateKind.INITIAL:
        return [audience_of(incident).contacts()]
    told = told_of(incident)
    if kind == UpdateKind.CATCH_UP:
        return _new_to(incident, affected or audience_of(incident))
    if kind == UpdateKind.CORRECTION and corrects is not None:
        return owed_to(corrects)
    if kind in TO_THE_TOLD:
        return [told]
    left_out = incident.adjustments.filter(is_included=False).values("contact_id")
    return [(affected or audience_of(incident)).contacts(), told.exclude(pk__in=left_out)]


def told_of(incident: Incident) -> QuerySet[Contact]:
    """Contacts who were told of the incident, annotated `reason`: by its own messages, or before it was joined.

    Whoever went over to another incident when this one was split is told there, unless told here again since, or that
    one was merged into this one.
    """
    # Whoever was merged with another contact is told as that one: see `one_person`.
    parts = Contact.objects.filter(merged_into__isnull=False, is_active=False).order_by().values("pk")
    own = ever_told(incident.reference).exclude(pk__in=parts)
    if incident.joined_at is None:
        return own
    carried = CarriedOver.objects.filter(incident=incident)
    mine = Delivery.objects.filter(message__thread_key=incident.reference).exclude(state=DeliveryState.SUPPRESSED)
    again = mine.filter(contact=OuterRef("contact"), message__created_at__gt=OuterRef("at"))
    # Back by a later merge: with a row of their own, or without, where one of an earlier merge stands.
    again_in = Exists(carried.filter(contact=OuterRef("contact"), at__gt=OuterRef("at")))
    onward = CarriedOver.objects.filter(came_from=OuterRef("incident"), contact=OuterRef("contact"), is_gone=True)
    back = Q(again_in) | Q(incident__merged_into=incident) & ~Exists(onward)
    gone = CarriedOver.objects.filter(came_from=incident, is_gone=True).exclude(Exists(again)).exclude(back)
    newest = mine.filter(contact=OuterRef("pk")).order_by("-message_id").values("reason")[:1]
    before = carried.filter(contact=OuterRef("pk")).values("reason")[:1]
    everybody = mine.order_by().values("contact_id").union(carried.order_by().values("contact_id"))
    told = Contact.objects.filter(pk__in=everybody).exclude(pk__in=gone.values("contact_id")).exclude(pk__in=parts)
    return told.annotate(reason=Coalesce(Subquery(newest), Subquery(before)))


def _new_to(incident: Incident, audience: Audience) -> list[QuerySet[Contact]]:
    """The affected who were told nothing, and those who come from an incident that was merged into this one."""
    # Whoever was left out of an earlier message by their own choice or a bounced address is not new either.
    written_to = Exists(Delivery.objects.filter(message__thread_key=incident.reference, contact=OuterRef("pk")))
    # Nor is somebody who had no channel, and has none: Support calls them.
    absent = Unreached.objects.filter(message__thread_key=incident.reference).order_by().values("contact")
    by_mail, by_text = Q(wants_email=True) & ~Q(email=""), Q(wants_sms=True) & ~Q(phone="")
    affected = audience.contacts().exclude(written_to)
    affected = affected.exclude(~(by_mail | by_text), pk__in=absent)
    if incident.joined_at is None:
        return [affected]
    carried = CarriedOver.objects.filter(incident=incident).order_by()
    own = incident.updates.exclude(message=None).exclude(kind=UpdateKind.CATCH_UP)
    # Words of the other incident that were taken over stand until this one says something.
    taken_over = incident.updates.filter(message=None, kind=UpdateKind.PROGRESS)
    taken_over = taken_over.exclude(Exists(own.filter(body=OuterRef("body"))))
    said_here = own.exclude(Exists(taken_over.filter(number__gt=OuterRef("number"))))
    # They know what was said before the split; and whose words are all that stands here so far know those.
    merged = Q(came_from__merged_into=incident) & Q(Exists(said_here))
    informed = carried.exclude(merged).values("contact_id")
    joined = told_of(incident).filter(pk__in=carried.filter(merged).values("contact_id"))
    left_out = incident.adjustments.filter(is_included=False).values("contact_id")
    return [affected.exclude(pk__in=informed), joined.exclude(written_to).exclude(pk__in=left_out)]


def recipient_counts(incident: Incident, kind: str, *, affected: Audience | None = None) -> AudienceCounts:
    """How many customers and contacts a message of this kind goes to."""
    if kind == UpdateKind.INITIAL:
        return audience_of(incident).counts()
    return count_of(recipients(incident, kind, affected=affected))


def count_of(several: Sequence[QuerySet[Contact]]) -> AudienceCounts:
    """How many customers and contacts there are in the sets of `recipients` together."""
    return _counted(members(several))


def told_besides(incident: Incident, affected: Audience) -> int:
    """How many contacts the next update goes to besides the affected: who was told before the scope narrowed."""
    if incident.first_told_at is None:
        return 0
    left_out = incident.adjustments.filter(is_included=False).values("contact_id")
    told = told_of(incident).exclude(pk__in=left_out)
    return told.exclude(pk__in=affected.members().order_by().values("pk")).order_by().count()


def newly_affected(
    incident: Incident, last: Update | None, scope: Iterable[AffectedService], *, affected: Audience | None = None
) -> AudienceCounts:
    """How many became affected after `last`, the newest of `last_to_all`, and were told nothing. At most one query.

    `scope` is what is affected now, `affected` the audience where the caller has read it. Everybody else was in the
    last message: all are counted only when scope, audience or services changed since, or another incident was merged
    into it; otherwise those of whom something changed since, if `with_changes` says that anything did.
    """
    if last is None or not incident.is_open:
        return AudienceCounts(0, 0)
    added = any(row.is_included and row.made_at > last.sent_at for row in incident.adjustments.all())
    joined = incident.joined_at is not None and incident.joined_at >= last.sent_at
    widened = added or joined or any(row.since > last.sent_at for row in scope)
    if widened or getattr(last, "services_changed", True):
        return recipient_counts(incident, UpdateKind.CATCH_UP, affected=affected)
    if not getattr(last, "people_changed", True):
        return AudienceCounts(0, 0)
    several = recipients(incident, UpdateKind.CATCH_UP, affected=affected)
    return count_of([contacts.filter(pk__in=changed_since(last.sent_at)) for contacts in several])


def with_changes(updates: QuerySet[Update]) -> QuerySet[Update]:
    """With `people_changed` and `services_changed`: whether customers, or what services stand on, changed since."""
    return updates.annotate(people_changed=people_changed("sent_at"), services_changed=services_changed("sent_at"))


def last_to_all(updates: Iterable[Update]) -> Update | None:
    """The newest message in which everybody was who was affected when it was sent."""
    to_all = (update for update in updates if update.kind not in TO_THE_TOLD)
    return max(to_all, key=lambda update: update.number, default=None)


def members(several: Sequence[QuerySet[Contact]]) -> QuerySet[Contact]:
    """The contacts of several sets once each, without their reasons: fit to be counted."""
    first, *others = (contacts.order_by().values("pk") for contacts in several)
    return Contact.objects.filter(pk__in=first.union(*others) if others else first)


def _counted(contacts: QuerySet[Contact]) -> AudienceCounts:
    found = contacts.order_by().aggregate(customers=Count("customer_id", distinct=True), contacts=Count("pk"))
    return AudienceCounts(**found)
