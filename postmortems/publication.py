"""Publishing the customer edition: by mail or on progress pages only, once, and later corrections that say so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from incidents import publishing
from incidents.models import Update
from postmortems.editions import SUBJECT_LENGTH, refuse
from postmortems.locking import check_version, locked, save, write_down
from postmortems.models import EditionVersion, Postmortem, State

LONGEST_CORRECTION = 300


def publish_customer_edition(
    postmortem: Postmortem, *, by_mail: bool = True, version: int | None = None, by: Actor, now: datetime
) -> Postmortem:
    """Publish it as an update of its own kind; pressed twice, it goes out once.

    `version` is the `edition_version` on the page: another text is not sent, although it was approved.

    By mail it goes to exactly those who were ever alerted, otherwise it stands on their progress pages only. A
    correction goes the way of the text it corrects, to whoever got that or one before it: after a relapse, the second
    account went to more people than the first. Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.SEND_CUSTOMER_EDITION)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse(postmortem, "send the customer edition")
        if not postmortem.has_approved_edition:
            raise WrongState(
                f"The customer edition of {postmortem.incident.reference} is not approved; "
                "Operations approves it before it leaves."
            )
        if version is not None:
            check_version(postmortem, version, postmortem.edition_version, "the customer edition")
        kept = _version_of(postmortem, _sent(postmortem, by_mail=by_mail, by=by, now=now), by=by, now=now)
        postmortem.state, postmortem.published_update = State.PUBLISHED, kept.update
        postmortem.published_at, postmortem.published_by_name = now, by.name
        postmortem.edition_correction = ""
        save(postmortem, by=by, now=now, reason=f"customer edition published, version {kept.number}")
        data = {
            "update": kept.update.pk,
            "contacts": kept.update.contacts_count,
            "version": postmortem.edition_version,
            "number": kept.number,
            "by_mail": kept.by_mail,
            "correction": kept.correction,
        }
        way = "edition_sent" if kept.by_mail else "edition_put_on_pages"
        write_down(way, postmortem, by=by, now=now, data=data)
    return postmortem


def begin_correction(postmortem: Postmortem, *, what: str, by: Actor, now: datetime) -> Postmortem:
    """Open the published text again to correct it. `what` was wrong stands above the next version.

    Raises NotAllowed, WrongState, InvalidInput.
    """
    require(by, Act.EDIT_CUSTOMER_EDITION)
    what = what.strip()
    if not what or len(what) > LONGEST_CORRECTION:
        text = f"Say in at most {LONGEST_CORRECTION} characters what was wrong; customers read it."
        raise InvalidInput({"what": text})
    with transaction.atomic():
        postmortem = locked(postmortem)
        ref = postmortem.incident.reference
        if postmortem.state != State.PUBLISHED or not postmortem.versions.exists():
            raise WrongState(f"Nothing was published to customers about {ref} yet, so there is nothing to correct.")
        if postmortem.is_correcting:
            raise WrongState(f"A correction of {ref} is being written already.")
        postmortem.edition_correction = what
        _open(postmortem, by)
        save(postmortem, by=by, now=now, reason="correction begun")
        write_down("correction_begun", postmortem, by=by, now=now, data={"what": what})
    return postmortem


def give_up_correction(postmortem: Postmortem, *, by: Actor, now: datetime) -> Postmortem:
    """Leave the published text as it is. Raises NotAllowed, WrongState."""
    require(by, Act.EDIT_CUSTOMER_EDITION)
    with transaction.atomic():
        postmortem = locked(postmortem)
        if postmortem.state != State.PUBLISHED or not postmortem.is_correcting:
            raise WrongState(f"No correction of {postmortem.incident.reference} is being written.")
        last = postmortem.versions.order_by("-number")[0]
        postmortem.edition_correction = ""
        postmortem.edition_subject, postmortem.edition_body = last.subject, last.body
        _open(postmortem, by)
        save(postmortem, by=by, now=now, reason="correction given up")
        write_down("correction_given_up", postmortem, by=by, now=now)
    return postmortem


def subject_of(postmortem: Postmortem) -> str:
    """The heading that customers read: a correction says so."""
    if not postmortem.is_correcting:
        return postmortem.edition_subject
    return f"Corrected: {postmortem.edition_subject}"[:SUBJECT_LENGTH]


def body_of(postmortem: Postmortem) -> str:
    """The text that customers read: a correction begins with what was wrong."""
    if not postmortem.is_correcting:
        return postmortem.edition_body
    last = postmortem.versions.order_by("-number")[0]
    said = f"**This corrects our account of {last.published_at:%-d %B %Y}.** {postmortem.edition_correction}"
    return f"{said}\n\n{postmortem.edition_body}"


def _sent(postmortem: Postmortem, *, by_mail: bool, by: Actor, now: datetime) -> Update:
    """The update that carries it; a correction goes the way of the newest text that it corrects."""
    earlier = list(postmortem.versions.select_related("update__message")) if _corrects(postmortem) else []
    return publishing.send_postmortem(
        postmortem.incident,
        subject=subject_of(postmortem),
        body=body_of(postmortem),
        by=by,
        now=now,
        key=f"postmortem:{postmortem.pk}:{postmortem.edition_version}",
        by_mail=earlier[-1].by_mail if earlier else by_mail,
        like=[row.update for row in earlier],
    )


def _version_of(postmortem: Postmortem, update: Update, *, by: Actor, now: datetime) -> EditionVersion:
    """The text as it was published, kept."""
    return EditionVersion.objects.create(
        postmortem=postmortem,
        number=postmortem.versions.count() + 1,
        subject=postmortem.edition_subject,
        body=postmortem.edition_body,
        correction=postmortem.edition_correction,
        by_mail=update.message_id is not None,
        update=update,
        published_at=now,
        published_by_name=by.name,
        approved_by_name=postmortem.edition_approved_by_name,
    )


def _corrects(postmortem: Postmortem) -> bool:
    """Whether it goes to those who got the earlier texts; the account after a relapse goes to everybody alerted."""
    return postmortem.state == State.PUBLISHED and postmortem.is_correcting


def _open(postmortem: Postmortem, by: Actor) -> None:
    postmortem.edition_version += 1
    postmortem.edition_edited_by_name = by.name
    postmortem.edition_approved_at = postmortem.edition_approved_by = None
    postmortem.edition_approved_by_name = ""
