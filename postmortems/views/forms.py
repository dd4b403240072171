"""What executives type into a review. The verbs judge it; these forms give it its shape."""

from __future__ import annotations

from typing import Any

from django import forms

from crisisdesk.core.models import User
from postmortems.admin.forms import DateInput, DeskForm, people
from postmortems.models import ActionKind
from postmortems.review import LONGEST


class CommentForm(DeskForm):
    """A comment."""

    name = "comment"
    text = forms.CharField(label="Your comment", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))


class DecisionForm(DeskForm):
    """What was decided."""

    name = "decide"
    decision = forms.CharField(
        label="Decision",
        help_text="What will be done, or why nothing will. Your name stands under it.",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # Which decision stood on the page: missing, it fits none that stands.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class SignOffForm(forms.Form):
    """A name under the decision that stood on the page."""

    seen = forms.CharField(required=False)


class FixForm(DeskForm):
    """A long-term fix with one owner and one day."""

    name = "fix"
    title = forms.CharField(max_length=300, label="What will be done")
    kind = forms.ChoiceField(choices=ActionKind, label="What it is good for")
    owner = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="choose one person")
    due_on = forms.DateField(widget=DateInput(), label="Done by")
    link = forms.URLField(required=False, max_length=500, label="Ticket", assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]


class OpenForm(DeskForm):
    """Why a review is opened by hand."""

    name = "open"
    reason = forms.CharField(max_length=300, label="Why this cause is to be reviewed now")
