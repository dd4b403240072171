"""The fields of a message being written, and the time it promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from crisisdesk.core.numbers import whole_number
from customers.languages import language_choices
from incidents.correcting import correctable
from incidents.lifecycle import refuse_kind
from incidents.lint import mark
from incidents.locking import position_of
from incidents.models import PROMISING_KINDS, Draft, Incident, Status, Update, UpdateKind
from incidents.room.one_line_field import OneLineField
from incidents.templates import in_use_for

PRESETS = (30, 45, 60)
# Columns of the draft that are taken as they were typed.
COLUMNS = (
    "kind",
    "status",
    "corrects",
    "subject",
    "was_wrong",
    "body",
    "likely_resolution",
    "workaround",
    "article_url",
    "is_maintenance",
)
IN, AT = "other", "at"
MOST_MINUTES = 1440
WORKING = [(status.value, status.label) for status in Status if status != Status.RESOLVED]


def keyed(key: str, label: str) -> dict[str, str]:
    """The attributes of a field that a key leads to, with its words in the list behind `?`."""
    return {"data-key": key, "aria-keyshortcuts": key, "data-key-label": label}


if TYPE_CHECKING:
    _UpdateChoice = forms.ModelChoiceField[Update]
else:
    _UpdateChoice = forms.ModelChoiceField


class CorrectedField(_UpdateChoice):
    """The message that was wrong, as people tell messages apart."""

    def label_from_instance(self, obj: Any) -> str:
        """Such as "14:02 UTC, progress update: Payments fail"."""
        return f"{timezone.localtime(obj.sent_at):%-d %b, %H:%M %Z}, {obj.get_kind_display()}: {obj.subject}"


class ComposeForm(forms.Form):
    """What the liaison writes. `draft_fields` are the draft's columns."""

    kind = forms.ChoiceField(label="What is it for?", widget=forms.Select(attrs=keyed("k", "Choose what it is for")))
    status = forms.ChoiceField(label="Status that customers read", choices=WORKING)
    is_maintenance = forms.BooleanField(label="It is maintenance: customers read no word of a problem", required=False)
    subject = OneLineField(
        label="Heading", max_length=150, required=False, widget=forms.TextInput(attrs=keyed("h", "Write the heading"))
    )
    corrects = CorrectedField(
        Update.objects.none(),
        label="Which message was wrong?",
        help_text="The correction goes to exactly those who got it.",
        required=False,
        empty_label=None,
        widget=forms.Select(attrs=keyed("g", "Choose the message that was wrong")),
    )
    was_wrong = forms.CharField(
        label="What was wrong",
        help_text="Markdown. Name the error plainly; below, say what is right.",
        widget=forms.Textarea(attrs={"rows": 3, **keyed("x", "Write what was wrong")}),
        max_length=5000,
        required=False,
    )
    body = forms.CharField(
        label="Message",
        help_text="Markdown. Say what customers can't do, what you do about it, and what is safe.",
        widget=forms.Textarea(attrs={"class": "is-tall", "rows": 10, **keyed("w", "Write the message")}),
        max_length=20_000,
        required=False,
    )
    likely_resolution = OneLineField(
        label="Likely resolution", help_text="Empty: customers read “not yet known”.", max_length=200, required=False
    )
    workaround = forms.CharField(
        label="Workaround", widget=forms.Textarea(attrs={"rows": 2}), max_length=5000, required=False
    )
    article_url = forms.URLField(
        label="Document in the knowledge base",
        help_text="Begins with https://. It stands in the mail and on the progress page.",
        assume_scheme="https",
        required=False,
        widget=forms.URLInput(attrs={"inputmode": "url"}),
    )
    preset = forms.CharField(required=False)
    next_update_minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        label="Minutes until the next update",
        widget=forms.NumberInput(attrs={"data-chooses": IN}),
    )
    at = forms.TimeField(
        required=False,
        label="Time of the next update",
        widget=forms.TimeInput(attrs={"type": "time", "data-chooses": AT}, format="%H:%M"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    draft = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=255)

    def __init__(self, data: Mapping[str, Any] | None, *, draft: Draft, incident: Incident, key: str) -> None:
        super().__init__(data, initial=_initial(draft, key), label_suffix="", auto_id="id_%s")
        self.of = draft
        kinds = kinds_for(incident)
        if draft.kind not in kinds:
            kinds = [draft.kind, *kinds]
        self.fields["kind"].choices = [(kind, UpdateKind(kind).label.capitalize()) for kind in kinds]  # type: ignore[attr-defined]
        if draft.kind not in PROMISING_KINDS:
            del self.fields["status"]
            if not draft.is_maintenance:
                del self.fields["is_maintenance"]
        self.is_correction = draft.kind == UpdateKind.CORRECTION
        if self.is_correction:
            self.fields["corrects"].queryset = correctable(incident)  # type: ignore[attr-defined]
            self.fields["body"].label = "What is right"
        else:
            del self.fields["corrects"], self.fields["was_wrong"]
        self.translated = [(code, name) for code, name in language_choices() if code != draft.language]
        for code, name in self.translated:
            words = draft.translations.get(code, {})
            if self.is_correction:
                self.fields[f"was_wrong_{code}"] = forms.CharField(
                    label=f"What was wrong, {name}",
                    widget=forms.Textarea(attrs={"rows": 3, "lang": code}),
                    max_length=5000,
                    required=False,
                    initial=words.get("was_wrong", ""),
                )
            self.fields[f"subject_{code}"] = OneLineField(
                label=f"Heading, {name}", max_length=150, required=False, initial=words.get("subject", "")
            )
            self.fields[f"body_{code}"] = forms.CharField(
                label=f"Message, {name}",
                widget=forms.Textarea(attrs={"rows": 6, "lang": code}),
                max_length=20_000,
                required=False,
                initial=words.get("body", ""),
            )

    def languages(self) -> list[dict[str, Any]]:
        """The fields of the further languages: [{name, subject, was_wrong, body, is_written, has_errors}]."""
        return [
            {
                "name": name,
                "subject": self[f"subject_{code}"],
                "was_wrong": self[f"was_wrong_{code}"] if self.is_correction else None,
                "body": self[f"body_{code}"],
                "is_written": bool(self[f"subject_{code}"].value() or self[f"body_{code}"].value()),
                "has_errors": bool(self[f"subject_{code}"].errors or self[f"body_{code}"].errors),
            }
            for code, name in self.translated
        ]

    def clean(self) -> dict[str, Any]:
        """One of the presets, or one of the two fields."""
        given = super().clean() or self.cleaned_data
        preset = given.get("preset", "")
        minutes = 0 if preset in ("", IN, AT) else whole_number(preset)
        if minutes is None or minutes > MOST_MINUTES:
            self.add_error("preset", "Choose one of the times, or give one.")
        return given

    def draft_fields(self, now: datetime) -> dict[str, Any]:
        """The draft's columns from what was typed; a clock time means its next occurrence in the writer's zone."""
        given = self.cleaned_data
        fields: dict[str, Any] = {name: given[name] for name in COLUMNS if name in given}
        if "corrects" not in self.data:
            fields.pop("corrects", None)
        preset = given.get("preset", "")
        minutes, at = None, None
        if given["kind"] in PROMISING_KINDS:
            if preset == AT:
                at = _next_occurrence(given["at"], now) if given.get("at") else None
            elif preset == IN:
                minutes = given.get("next_update_minutes")
            elif preset:
                minutes = int(preset)
        return {**fields, "translations": self._translations(), "next_update_minutes": minutes, "next_update_at": at}

    def _translations(self) -> dict[str, dict[str, str]]:
        """What was written in further languages; a language that was cleared is gone, one that was not sent is kept."""
        given, before = self.cleaned_data, self.of.translations
        words: dict[str, dict[str, str]] = {}
        for code, _ in self.translated:
            earlier = before.get(code, {})
            if f"subject_{code}" not in self.data or f"body_{code}" not in self.data:
                words |= {code: earlier} if earlier else {}
                continue
            said = {"subject": given[f"subject_{code}"].strip(), "body": given[f"body_{code}"].strip()}
            if self.is_correction:
                said["was_wrong"] = given[f"was_wrong_{code}"].strip()
            if said["subject"] or said["body"]:
                is_new = any(said[name] != earlier.get(name, "") for name in said)
                words[code] = {**earlier, **said, "of": mark(given["body"]) if is_new else earlier.get("of", "")}
        return words


def unreadable_lines(form: ComposeForm) -> list[dict[str, str]]:
    """What can't be read of what was typed, in the shape of the lint."""
    return [
        {"level": "missing", "text": f"Not kept. {_label(form, name)}: {error}"}
        for name, errors in form.errors.items()
        for error in errors
    ]


def _label(form: ComposeForm, name: str) -> str:
    return str(form[name].label) if name in form.fields and name != "preset" else "Next update"


def kinds_for(incident: Incident) -> list[str]:
    """What kinds of message can be written now, in the order of an incident's life."""
    written = [UpdateKind.INITIAL, UpdateKind.PROGRESS, UpdateKind.HOLDING, UpdateKind.FINAL, UpdateKind.CORRECTION]
    position = position_of(incident)
    return [kind.value for kind in written if not refuse_kind(position, kind)]


def presets_for(draft: Draft, now: datetime) -> list[dict[str, Any]]:
    """The times offered: [{value, label, at, chosen}]."""
    own = draft.next_update_minutes
    return [
        {
            "value": value,
            "label": f"{value} min",
            "at": f"{timezone.localtime(now + timedelta(minutes=value)):%H:%M %Z}",
            "chosen": draft.next_update_at is None and value == own,
        }
        for value in PRESETS
    ]


Choice = tuple[int, str]


def template_choices(incident: Incident, draft: Draft) -> tuple[list[Choice], list[Choice]]:
    """Templates in use for the draft's kind, (id, name): the approved ones, and those that are not. One read."""
    rows = in_use_for(incident, draft.kind).values_list("pk", "name", "approved_at")
    approved = [(pk, name) for pk, name, approved_at in rows if approved_at is not None]
    others = [(pk, name) for pk, name, approved_at in rows if approved_at is None]
    return approved, sorted(others, key=itemgetter(1))


def _next_occurrence(clock: Any, now: datetime) -> datetime:
    here = timezone.localtime(now)
    found = here.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return found if found > here else found + timedelta(days=1)


def _initial(draft: Draft, key: str) -> dict[str, Any]:
    at = timezone.localtime(draft.next_update_at) if draft.next_update_at else None
    return {
        "kind": draft.kind,
        "status": draft.status,
        "subject": draft.subject,
        "body": draft.body,
        "likely_resolution": draft.likely_resolution,
        "workaround": draft.workaround,
        "article_url": draft.article_url,
        "is_maintenance": draft.is_maintenance,
        "was_wrong": draft.was_wrong,
        "corrects": draft.corrects_id,
        "draft": draft.pk,
        "next_update_minutes": draft.next_update_minutes if draft.next_update_minutes not in PRESETS else None,
        "at": at.time() if at else None,
        "version": draft.version,
        "key": key,
    }
