"""What stands beside the report: the timeline with what was hidden, impact, files, versions of the customer edition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.together import Together
from postmortems.admin import forms
from postmortems.admin.posted import Posted
from postmortems.attachments import KINDS
from postmortems.differences import Piece, differences
from postmortems.models import EditionVersion, HiddenMoment, Postmortem, State
from postmortems.timeline import Moment, shown_to

_ATTACHMENT = ("name", "size", "note", "added_at", "added_by_name", "removed_at", "removed_by_name", "removed_reason")
_VERSION = (
    "number",
    "subject",
    "body",
    "correction",
    "by_mail",
    "update_id",
    "published_at",
    "published_by_name",
    "approved_by_name",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A moment of the timeline; with the form that hides it where somebody may."""

    moment: Moment
    form: forms.HideForm | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A moment that was left out, with the form that shows it again."""

    row: HiddenMoment
    form: forms.ReasonForm


@dataclass(frozen=True, slots=True)
class Version:
    """A published text, and what changed in it since the one before."""

    row: EditionVersion
    changes: list[Piece]


def beside(postmortem: Postmortem, by: Actor, posted: Posted, together: Together, *, may_write: bool) -> dict[str, Any]:
    """The part of the page's context. Three reads and that of `together`, however long the record is."""
    attachments = together.rows(postmortem.attachments.all(), *_ATTACHMENT)
    published = together.rows(postmortem.versions.all(), *_VERSION)
    found = shown_to(postmortem, together)
    attachments.sort(key=lambda row: (row.added_at, row.pk))
    published.sort(key=lambda row: row.number)
    updates = {row.pk: row for row in postmortem.incident.updates.all()}
    for row in published:
        row.update = updates[row.update_id]
    return {
        "timeline": [_line(moment, posted, may_write=may_write) for moment in found.shown],
        "hidden": [_hidden(row, posted) for row in found.hidden],
        "moment_form": posted.form("add_moment", forms.MomentForm, zone=postmortem.time_zone),
        "impact_form": posted.form("correct_impact", forms.ImpactForm, initial=_impact_of(postmortem)),
        "attachments": attachments,
        "may_attach": may(by, Act.EDIT_POSTMORTEM) and not postmortem.is_covered,
        "attach_form": posted.form("attach", forms.AttachmentForm),
        "take_out_form": forms.ReasonForm(auto_id=False),
        "attachment_kinds": ", ".join(KINDS),
        "attachment_most": f"{settings.ATTACHMENT_MAX_MB:g}",
        "versions": [_version(row, earlier) for row, earlier in zip(published, [None, *published], strict=False)][::-1],
        "may_correct": may(by, Act.EDIT_CUSTOMER_EDITION)
        and postmortem.state == State.PUBLISHED
        and bool(published)
        and not postmortem.is_correcting,
        "correction_form": posted.form("begin_correction", forms.CorrectionForm),
    }


def _line(moment: Moment, posted: Posted, *, may_write: bool) -> Line:
    if not may_write or not moment.key:
        return Line(moment, None)
    ids, initial = f"id_hide_{moment.key.replace(':', '_')}_%s", {"moment": moment.key}
    if posted.verb == "hide_moment" and posted.data.get("moment") == moment.key:
        return Line(moment, posted.form("hide_moment", forms.HideForm, auto_id=ids))
    return Line(moment, forms.HideForm(auto_id=ids, initial=initial))


def _hidden(row: HiddenMoment, posted: Posted) -> Hidden:
    ids = f"id_show_{row.pk}_%s"
    if posted.verb == "show_moment" and posted.data.get("hidden") == str(row.pk):
        return Hidden(row, posted.form("show_moment", forms.ReasonForm, auto_id=ids))
    return Hidden(row, forms.ReasonForm(auto_id=ids))


def _version(row: EditionVersion, earlier: EditionVersion | None) -> Version:
    if earlier is None:
        return Version(row, [])
    before, after = (f"{each.subject}\n\n{each.body}" for each in (earlier, row))
    return Version(row, differences(before, after))


def _impact_of(postmortem: Postmortem) -> dict[str, Any]:
    return {
        "customers": postmortem.customers_count,
        "contacts": postmortem.contacts_count,
        "customer_minutes": postmortem.customer_minutes,
        "reason": postmortem.impact_reason,
    }
