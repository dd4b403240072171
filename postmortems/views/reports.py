"""The internal post-mortem as a document to be printed."""

from __future__ import annotations

from postmortems import repeats
from postmortems.models import Postmortem
from postmortems.sections import SECTIONS
from postmortems.timeline import shown_to
from postmortems.views.common import Reader, Sheet


def sheet(reader: Reader, postmortem: Postmortem) -> Sheet:
    """The whole report: facts, sections, cause, actions, timeline in its zone, attachments, editions."""
    rows = repeats.with_actions(Postmortem.objects.filter(pk=postmortem.pk)).select_related("lead")
    found = rows.get()
    incident = found.incident
    timeline = shown_to(found)
    context = reader.context(
        postmortem=found,
        incident=incident,
        affected=incident.affected.select_related("service", "region", "instance").order_by("id"),
        sections=[(section, getattr(found, section.name)) for section in SECTIONS],
        contributing=list(found.contributing.all()),
        story=repeats.stories([found], reader.selection)[0],
        timeline=timeline.shown,
        hidden=timeline.hidden,
        zone=found.time_zone,
        attachments=found.attachments.present(),
        versions=list(found.versions.all()),
    )
    return Sheet("review/print/postmortem.html", context)
