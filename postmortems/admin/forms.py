"""What people type into a post-mortem. The verbs judge it; these forms give it its shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crisisdesk.core.access import Group
from crisisdesk.core.choices import choices_of
from crisisdesk.core.models import User
from postmortems.editions import CHOICES, SUBJECT_LENGTH
from postmortems.models import ActionKind, Cause, Postmortem
from postmortems.sections import ACTIONS, ACTIONS_HEADING, BY_NAME, SECTIONS


def people(group: Group | None = None) -> QuerySet[User]:
    """Who can be chosen: people at work, by name."""
    found: QuerySet[User] = get_user_model().objects.filter(is_active=True).order_by("first_name", "last_name", "pk")
    return found.filter(groups__name=group) if group else found


def offer_people(lead: forms.ModelChoiceField[User], owner: forms.ModelChoiceField[User]) -> None:
    """Give both fields their choices: those of Operations can lead, everybody can own an action. One read."""
    operations = Exists(people(Group.OPERATIONS).filter(pk=OuterRef("pk")))
    rows = list(people().annotate(may_lead=operations))
    lead.choices = [("", lead.empty_label), *choices_of(row for row in rows if row.may_lead)]
    owner.choices = [("", owner.empty_label), *choices_of(rows)]


class DeskForm(forms.Form):
    """A form without colons, whose ids begin with the form's own name."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.name}_%s")
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class ReportForm(DeskForm):
    """The sections of the report."""

    name = "report"
    version = forms.IntegerField(widget=forms.HiddenInput)
    lead = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="nobody yet")
    time_zone = forms.CharField(
        max_length=64, label="Zone of the timeline", help_text="An IANA name such as Europe/Berlin or UTC."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = people(Group.OPERATIONS)  # type: ignore[attr-defined]
        for section in SECTIONS:
            self.fields[section.name] = forms.CharField(
                label=section.heading + (" (needed)" if section.needed else ""),
                help_text=section.question,
                required=False,
                widget=forms.Textarea(attrs={"rows": 5}),
            )
        self.fields["no_action_reason"] = forms.CharField(
            label="Why nothing will be done",
            help_text="Only when the report has no action.",
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    @classmethod
    def initial_of(cls, postmortem: Postmortem) -> dict[str, Any]:
        """What the form begins with."""
        names = [section.name for section in SECTIONS]
        values = {name: getattr(postmortem, name) for name in [*names, "no_action_reason", "time_zone", "version"]}
        return values | {"lead": postmortem.lead_id}


class CauseForm(DeskForm):
    """The underlying cause, and what contributed. One read; `standing` are those that contribute now."""

    name = "cause"
    cause = forms.ModelChoiceField(queryset=Cause.objects.none(), label="Underlying cause", empty_label="not known yet")
    contributing = forms.ModelMultipleChoiceField(
        queryset=Cause.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="What contributed"
    )
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Why another cause than before",
        help_text="Needed for a reclassification.",
    )
    # Which causes stood on the page: missing, it fits none that stand.
    seen = forms.CharField(required=False, max_length=2_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, postmortem: Postmortem, **kwargs: Any) -> None:
        mine = Postmortem.contributing.through.objects.filter(postmortem=postmortem).values("cause")
        # What was chosen stays offered, although it was retired since: saving the form takes nothing away.
        offered = Cause.objects.filter(Q(is_active=True) | Q(pk=postmortem.cause_id) | Q(pk__in=mine))
        rows: list[Any] = list(offered.annotate(is_mine=Exists(mine.filter(cause=OuterRef("pk")))))
        self.standing = [row for row in rows if row.is_mine]
        kwargs.setdefault("initial", {"cause": postmortem.cause_id, "contributing": [row.pk for row in self.standing]})
        super().__init__(*args, **kwargs)
        cause: Any = self.fields["cause"]
        contributing: Any = self.fields["contributing"]
        cause.queryset = contributing.queryset = offered
        cause.choices = [("", cause.empty_label), *choices_of(rows)]
        contributing.choices = choices_of(rows)
        if postmortem.cause_id is None:
            del self.fields["reason"]


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class ActionForm(DeskForm):
    """A new action."""

    name = "action"
    title = forms.CharField(max_length=300, label="What will be done")
    kind = forms.ChoiceField(choices=ActionKind, label="What it is good for")
    owner = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="choose one person")
    due_on = forms.DateField(widget=DateInput(), label="Done by")
    link = forms.URLField(required=False, max_length=500, label="Ticket", assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]


class MoveForm(DeskForm):
    """Another day for an action."""

    name = "move"
    due_on = forms.DateField(widget=DateInput(), label="New day")
    reason = forms.CharField(max_length=300, label="Why it moves")


class ProofForm(DeskForm):
    """What shows that an action is done."""

    name = "close"
    proof = forms.CharField(label="What shows that it is done", widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(DeskForm):
    """A reason."""

    name = "reason"
    reason = forms.CharField(max_length=300, label="Why")


class ImpactForm(DeskForm):
    """What it really was."""

    name = "impact"
    customers = forms.IntegerField(min_value=0, label="Customers")
    contacts = forms.IntegerField(min_value=0, label="Contacts")
    customer_minutes = forms.IntegerField(min_value=0, label="Customer-minutes")
    reason = forms.CharField(max_length=300, label="Why the record has it wrong")


class HideForm(DeskForm):
    """A moment to be left out, and why."""

    name = "hide"
    moment = forms.CharField(max_length=80, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=300, label="Why it is left out")


class MomentForm(DeskForm):
    """Something that happened and that no row recorded. Its time is in the zone of the report."""

    name = "moment"
    happened_at = forms.DateTimeField(
        label="When it happened",
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "step": "1"}),
    )
    text = forms.CharField(max_length=2000, label="What happened", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.fields["happened_at"].help_text = f"In {zone}, the zone of the timeline."

    def clean_happened_at(self) -> datetime:
        """The clock time that was typed, as a moment of the report's zone, in UTC."""
        typed: datetime = self.cleaned_data["happened_at"]
        try:
            return timezone.make_naive(typed).replace(tzinfo=ZoneInfo(self._zone)).astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError("There is no such moment; look at the year again.") from error


class AttachmentForm(DeskForm):
    """A file beside the report."""

    name = "attachment"
    file = forms.FileField(label="File", max_length=250)
    note = forms.CharField(required=False, max_length=200, label="What it shows")


class CorrectionForm(DeskForm):
    """What was wrong in the text that customers have."""

    name = "correction"
    what = forms.CharField(
        max_length=300,
        label="What was wrong",
        help_text="Customers read it above the corrected text.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SectionsForm(DeskForm):
    """Which sections the customer edition begins with."""

    name = "begin"
    version = forms.IntegerField(widget=forms.HiddenInput)
    sections = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="Begin with")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sections"].choices = [(name, _heading(name)) for name in CHOICES]  # type: ignore[attr-defined]


class EditionForm(DeskForm):
    """The text for customers."""

    name = "edition"
    version = forms.IntegerField(widget=forms.HiddenInput)
    subject = forms.CharField(max_length=SUBJECT_LENGTH, label="Heading")
    body = forms.CharField(
        label="Text", help_text="Markdown. Plain words; no names of people or machines.", widget=forms.Textarea
    )


def _heading(name: str) -> str:
    if name == ACTIONS:
        return f"{ACTIONS_HEADING} (actions to prevent and detect)"
    section = BY_NAME[name]
    return f"{section.customer_heading} ({section.heading.lower()})"
