"""A quarter's review pack: everything that executives look at, as one document."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Q

from incidents.models import Answer, Incident, Outcome, Severity
from postmortems import repeats
from postmortems.metrics import open_actions
from postmortems.models import CauseReview, Postmortem
from postmortems.selection import Selection
from postmortems.views.common import Reader, Sheet
from postmortems.views.overview import numbers

# A pack is read: so many of each are printed, and what is left out is said.
REPORTS, ACTIONS, COMMENTS = 40, 120, 40


def sheet(reader: Reader) -> Sheet:
    """The pack of the selection's quarter."""
    selection = reader.selection
    reports = repeats.with_actions(Postmortem.objects.filter(selection.counted("incident__"))).select_related("lead")
    grave_first = reports.order_by("incident__severity", "-incident__started_at", "pk")
    actions = open_actions(selection).select_related("postmortem__incident", "owner").order_by("due_on", "pk")
    comments = Answer.objects.filter(selection.about("incident__")).exclude(comment="")
    context = reader.context(
        repeats=repeats.repeated(selection),
        window=settings.REPEAT_WINDOW_DAYS,
        reviews=_reviews(selection),
        stories=repeats.stories(list(grave_first[:REPORTS]), selection),
        reports_left=max(0, reports.count() - REPORTS),
        actions=[(row, row.is_overdue(selection.today)) for row in actions[:ACTIONS]],
        actions_left=max(0, actions.count() - ACTIONS),
        promised=_promised(selection),
        comments=comments.select_related("incident", "contact__customer").order_by("-at", "-pk")[:COMMENTS],
        **numbers(reader),
    )
    return Sheet("review/print/pack.html", context)


def _reviews(selection: Selection) -> list[CauseReview]:
    """Reviews that were open in the quarter, with what was decided."""
    rows = CauseReview.objects.filter(opened_at__lt=selection.end)
    if selection.since is not None:
        rows = rows.filter(Q(signed_off_at=None) | Q(signed_off_at__gte=selection.since))
    return list(rows.select_related("cause").order_by("opened_at", "pk"))


def _promised(selection: Selection) -> list[Incident]:
    """Outages with promises that are settled: `kept` and `missed`, those with the most missed first."""
    rows = selection.incidents().annotate(
        kept=Count("promises", filter=Q(promises__outcome=Outcome.KEPT)),
        missed=Count("promises", filter=Q(promises__outcome=Outcome.MISSED)),
    )
    settled = rows.filter(Q(kept__gt=0) | Q(missed__gt=0), severity__in=Severity.values)
    return list(settled.order_by("-missed", "-kept", "pk")[:REPORTS])
