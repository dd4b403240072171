"""The message being written: started from a template, saved without overwriting anybody, thrown away or sent."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents.correcting import correctable
from incidents.lifecycle import WRITTEN, refuse_writing
from incidents.lint import refuse_link
from incidents.locking import locked, position_of
from incidents.models import PROMISING_KINDS, Draft, Incident, Status, Template, Update, UpdateKind
from incidents.put_aside import put_aside, was_typed_in, words_of
from incidents.templates import fill, fill_translations, is_maintenance_in, proposed_for

EDITABLE = frozenset(
    {
        "kind",
        "status",
        "subject",
        "body",
        "likely_resolution",
        "workaround",
        "was_wrong",
        "article_url",
        "is_maintenance",
        "corrects",
        "emergency_reason",
        "next_update_minutes",
        "next_update_at",
        "template",
        "translations",
    }
)


def open_draft(incident: Incident) -> Draft | None:
    """The draft that is being written for the incident, if there is one."""
    return Draft.objects.filter(incident=incident, closed_at=None).select_related("template").first()


def start_draft(
    incident: Incident,
    *,
    kind: str,
    template: Template | None = None,
    corrects: Update | None = None,
    by: Actor,
    now: datetime,
) -> Draft:
    """Start a draft of a kind, filled from `template` or the best approved one; return the open one if there is one.

    `corrects` names the message that a correction is of, else it is of the last one. Raises NotAllowed, and WrongState
    when the kind can't be sent now, the template is not approved, or something else is being written when a message is
    to be corrected.
    """
    require(by, Act.EDIT_DRAFT)
    if template is not None and not template.is_approved:
        raise WrongState(f"“{template}” is not approved; Marketing communications approves it before it is used.")
    with transaction.atomic():
        incident = locked(incident)
        if refusal := refuse_writing(position_of(incident), kind):
            raise WrongState(refusal)
        if draft := open_draft(incident):
            if corrects is not None and draft.corrects_id != corrects.pk:
                raise WrongState(_occupied(draft))
            return draft
        chosen = template or proposed_for(incident, kind)
        draft = Draft(
            incident=incident, kind=kind, saved_at=now, saved_by_name=by.name, template=chosen, corrects=corrects
        )
        _prefill(draft, incident, chosen)
        _keep_to_its_kind(draft)
        try:
            with transaction.atomic():
                draft.save()
        except IntegrityError:
            return Draft.objects.get(incident=incident, closed_at=None)
    return draft


def save_draft(draft: Draft, *, version: int, by: Actor, now: datetime, **fields: object) -> Draft:
    """Save what was typed, if `version` is the one that was read. The version grows by one.

    Raises NotAllowed; WrongState when somebody else saved meanwhile (nothing is overwritten) or the draft is closed;
    TypeError for a field that is not the draft's.
    """
    require(by, Act.EDIT_DRAFT)
    if unknown := set(fields) - EDITABLE:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        row = Draft.objects.select_for_update().get(pk=draft.pk)
        _check_open(row)
        if row.version != version:
            raise WrongState(
                f"{row.saved_by_name} saved this draft meanwhile (version {row.version}, yours is {version}). "
                "Your text is kept below; compare and save again."
            )
        for name, value in fields.items():
            setattr(row, name, value)
        row.subject = " ".join(row.subject.split())
        if row.kind not in WRITTEN:
            raise InvalidInput({"kind": f"Choose what the message is for: {', '.join(WRITTEN)}."})
        if len(row.subject) > 150:
            raise InvalidInput({"subject": "The subject is longer than 150 characters."})
        if refusal := refuse_link(row.article_url):
            raise InvalidInput({"article_url": refusal})
        _keep_to_its_kind(row)
        row.version += 1
        row.saved_at, row.saved_by_name = now, by.name
        row.save()
    return row


def change_template(
    draft: Draft, template: Template, *, version: int, by: Actor, now: datetime, emergency_reason: str = ""
) -> Draft:
    """Fill the draft anew from another template; what was typed is put aside and can be put back.

    One that is not approved takes an `emergency_reason`; communications are told when the message is sent. Raises as
    `save_draft`, and WrongState when the template is not approved and no reason is given, or is out of use.
    """
    reason = " ".join(emergency_reason.split())[:300]
    if not template.is_active:
        raise WrongState(f"“{template}” is not in use any more; choose another template.")
    if not template.is_approved and not reason:
        raise WrongState(
            f"“{template}” is not approved; Marketing communications approves it before it is used. "
            "If that can't wait, say why: they are told, and look at it afterwards."
        )
    filled = fill(template, draft.incident)
    with transaction.atomic():
        if was_typed_in(draft):
            put_aside(draft, now=now)
        return save_draft(
            draft,
            version=version,
            by=by,
            now=now,
            template=template,
            emergency_reason="" if template.is_approved else reason,
            subject=filled.subject,
            body=filled.body,
            status=template.status if draft.kind in PROMISING_KINDS and template.status else draft.status,
            is_maintenance=is_maintenance_in(draft.incident, template),
            translations=fill_translations(template, draft.incident),
        )


def put_back(draft: Draft, aside: Draft, *, version: int, by: Actor, now: datetime) -> Draft:
    """Put words that are aside in the place of those in the draft, which are aside then. Raises as `save_draft`."""
    with transaction.atomic():
        words = words_of(aside, draft.incident)
        put_aside(draft, now=now)
        return save_draft(draft, version=version, by=by, now=now, **words)


def discard_draft(draft: Draft, *, version: int, by: Actor, now: datetime) -> None:
    """Throw the draft away, if `version` is the one that was read; the row stays, closed, and can be taken up again.

    Raises NotAllowed; WrongState when somebody else saved meanwhile or the draft is closed.
    """
    require(by, Act.EDIT_DRAFT)
    with transaction.atomic():
        row = Draft.objects.select_for_update().get(pk=draft.pk)
        _check_open(row)
        if row.version != version:
            raise WrongState(
                f"{row.saved_by_name} saved this draft meanwhile (version {row.version}, yours is {version}), so it "
                "was not thrown away. Look at their words first."
            )
        row.closed_at = now
        row.save(update_fields=["closed_at"])


def _occupied(draft: Draft) -> str:
    """Why nothing else can be begun: one message is written at a time."""
    what = f"a {draft.get_kind_display()}"
    if draft.corrects is not None:
        what = f"a correction of the message of {draft.corrects.sent_at:%-d %b, %H:%M} UTC"
    return f"{draft.saved_by_name} is writing {what} here; send it or throw it away, then correct the other one."


def _keep_to_its_kind(draft: Draft) -> None:
    """Only a correction corrects something: the message named, else the last one. Raises InvalidInput."""
    if draft.kind != UpdateKind.CORRECTION:
        draft.corrects, draft.was_wrong = None, ""
        return
    if draft.corrects is None:
        draft.corrects = correctable(draft.incident).first()
    elif draft.corrects.incident_id != draft.incident_id:
        raise InvalidInput({"corrects": f"Choose a message of {draft.incident.reference}."})


def _check_open(draft: Draft) -> None:
    if draft.closed_at is not None:
        raise WrongState("This draft was sent or thrown away meanwhile; start a new one.")


def _prefill(draft: Draft, incident: Incident, template: Template | None) -> None:
    draft.subject = incident.title
    draft.status = _status_for(incident, draft.kind)
    draft.likely_resolution = incident.likely_resolution
    draft.workaround = incident.workaround
    draft.article_url = incident.article_url
    draft.is_maintenance = is_maintenance_in(incident, template)
    if draft.kind in PROMISING_KINDS:
        draft.next_update_minutes = incident.incident_type.next_update_minutes if incident.incident_type else 30
    if template is not None:
        filled = fill(template, incident)
        draft.subject, draft.body = filled.subject, filled.body
        draft.translations = fill_translations(template, incident)


def _status_for(incident: Incident, kind: str) -> str:
    return Status.RESOLVED if kind == UpdateKind.FINAL else incident.status
