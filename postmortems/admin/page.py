"""Everything that the page of one post-mortem shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from crisisdesk.core.access import Act, may
from crisisdesk.core.actors import Actor
from crisisdesk.core.markdown import to_html
from crisisdesk.core.models import AuditEntry
from crisisdesk.core.together import Together
from incidents.recipients import told_of
from postmortems import editions, report, similar
from postmortems.actions import today
from postmortems.admin import forms
from postmortems.admin.beside import beside
from postmortems.admin.posted import Posted
from postmortems.joined import joined_with
from postmortems.looking import findings
from postmortems.models import Action, Postmortem, State
from postmortems.prefill import counted
from postmortems.sections import ACTIONS, SECTIONS
from postmortems.standing import steps


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action with what can be done about it."""

    row: Action
    moves: int
    is_overdue: bool
    move: forms.MoveForm
    close: forms.ProofForm
    reopen: forms.ReasonForm


def context(postmortem: Postmortem, *, by: Actor, now: datetime, posted: Posted | None = None) -> dict[str, Any]:
    """The context of the template, for one reader. A fixed number of reads, whatever the length of the record."""
    posted = posted or Posted()
    incident = postmortem.incident
    may_write = may(by, Act.EDIT_POSTMORTEM) and postmortem.is_drafting
    may_edit_edition = may(by, Act.EDIT_CUSTOMER_EDITION) and postmortem.edition_is_open
    together = Together()
    verdicts = similar.verdicts_in(together, incident)
    around = beside(postmortem, by, posted, together, may_write=may_write)
    slips = findings(postmortem) if postmortem.has_edition and postmortem.edition_is_open else []
    needs = report.missing(postmortem) if postmortem.is_drafting else {}
    report_form = posted.form("save", forms.ReportForm, initial=forms.ReportForm.initial_of(postmortem))
    cause_form = posted.form("cause", forms.CauseForm, postmortem=postmortem)
    action_form = posted.form("add_action", forms.ActionForm)
    may_edit_actions = may(by, Act.EDIT_ACTION) and not postmortem.is_covered
    if may_write or may_edit_actions:
        forms.offer_people(report_form.fields["lead"], action_form.fields["owner"])
    return {
        "title": f"Post-mortem of {incident.reference}",
        "postmortem": postmortem,
        "incident": incident,
        "incident_url": reverse("admin:incidents_incident_change", args=[incident.pk]),
        "was_told": incident.first_told_at is not None,
        "is_overdue": postmortem.is_overdue(today(now)),
        "steps": steps(postmortem, needs=needs, slips=slips, recipients=_recipients(postmortem), by=by),
        "sections": [(section, getattr(postmortem, section.name)) for section in SECTIONS],
        "may_write": may_write,
        "may_edit_edition": may_edit_edition,
        "may_choose_cause": may(by, Act.EDIT_POSTMORTEM) and not postmortem.is_covered,
        "may_edit_actions": may_edit_actions,
        "joined": joined_with(incident, by),
        "may_withdraw": may(by, Act.APPROVE_POSTMORTEM) and postmortem.state == State.APPROVED,
        "report_form": report_form,
        "cause_form": cause_form,
        "contributing": cause_form.standing,
        "withdraw_form": posted.form("withdraw", forms.ReasonForm, auto_id="id_withdraw_%s"),
        "actions": _actions(postmortem, now, posted),
        "similar": similar.suggestions(incident, postmortem, verdicts=verdicts()),
        "may_judge": may(by, Act.EDIT_POSTMORTEM),
        "action_form": action_form,
        "begin_form": posted.form("begin_edition", forms.SectionsForm, initial={"sections": list(editions.CHOICES)}),
        "edition_form": posted.form("save_edition", forms.EditionForm, initial=_edition_of(postmortem)),
        "edition_html": to_html(postmortem.edition_body),
        "compared": _compared(postmortem),
        **around,
        "slips": slips,
        "mark": report.mark(postmortem),
        "mark_of_causes": report.mark_of_causes(postmortem, cause_form.standing),
        "refusal": str(posted.refusal) if posted.refusal else "",
        "zone": postmortem.time_zone,
        "vendor_zone": settings.TIME_ZONE,
    }


def with_moves(actions: QuerySet[Action]) -> QuerySet[Action]:
    """The actions with how often the day of each was moved, as `moves`."""
    moved = AuditEntry.objects.filter(
        object_type=Action._meta.label_lower,
        object_id=Cast(OuterRef("pk"), CharField()),
        action="postmortem.action_moved",
    )
    times = moved.order_by().values("object_id").annotate(times=Count("pk")).values("times")
    return actions.annotate(moves=Coalesce(Subquery(times), 0))


def _actions(postmortem: Postmortem, now: datetime, posted: Posted) -> list[ActionLine]:
    """`postmortem` is read with its actions, their owners, their moves and what they came back with."""
    rows: list[Any] = sorted(postmortem.actions.all(), key=lambda row: (not row.is_open, row.due_on, row.state, row.pk))

    def form(row: Action, verb: str, kind: type[forms.DeskForm]) -> Any:
        again = posted.verb == verb and posted.data.get("action") == str(row.pk)
        ids = f"id_{verb}_{row.pk}_%s"
        return posted.form(verb, kind, auto_id=ids) if again else kind(auto_id=ids)

    return [
        ActionLine(
            row,
            row.moves,
            row.is_overdue(today(now)),
            form(row, "move_action", forms.MoveForm),
            form(row, "close_action", forms.ProofForm),
            form(row, "reopen_action", forms.ReasonForm),
        )
        for row in rows
    ]


def _compared(postmortem: Postmortem) -> list[tuple[str, str, bool]]:
    """The sections of the report (heading, text) and whether the customer edition was begun with them."""
    taken = set(postmortem.edition_sections)
    rows = [(section.heading, getattr(postmortem, section.name), section.name in taken) for section in SECTIONS]
    actions = editions.body_from(postmortem, [ACTIONS]).partition("\n\n")[2]
    rows.append(("Actions to prevent and detect", actions, ACTIONS in taken))
    return [row for row in rows if row[1].strip()]


def _edition_of(postmortem: Postmortem) -> dict[str, Any]:
    return {
        "version": postmortem.edition_version,
        "subject": postmortem.edition_subject,
        "body": postmortem.edition_body,
    }


def _recipients(postmortem: Postmortem) -> str:
    if not postmortem.has_approved_edition or postmortem.state == State.PUBLISHED:
        return "everybody who was alerted"
    counts = (
        told_of(postmortem.incident)
        .order_by()
        .aggregate(contacts=Count("pk", distinct=True), customers=Count("customer_id", distinct=True))
    )
    return f"{counted(counts['contacts'], 'contact')} at {counted(counts['customers'], 'customer')}"
