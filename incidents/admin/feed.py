"""Calendar feeds: an address or a file, whom its names mean, how the last reading went."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from crisisdesk.core import audit, clock
from crisisdesk.core.access import Act, may
from crisisdesk.core.choices import read_once
from crisisdesk.core.console import ConsoleAdmin, InlineAccess, actor_of
from crisisdesk.core.models import User
from crisisdesk.core.zones import known_zones
from incidents.models import CalendarFeed, FeedName
from incidents.schedules.feeds.fetching import LARGEST, FeedError, check_address
from incidents.schedules.feeds.keeping import AHEAD, BEHIND, keep
from incidents.schedules.feeds.reading import read, text_of


class FeedForm(forms.ModelForm[CalendarFeed]):
    """An address, which is never shown again, or a file."""

    url = forms.CharField(
        label="Address",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "https://…", "class": "vTextField"}),
        help_text="The private link that ends in .ics. It is read every 15 minutes, and not shown again.",
    )
    upload = forms.FileField(label="Or a file", required=False, help_text="An .ics file; it takes the address's place.")
    time_zone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(known_zones())],
        help_text="For whole days and for times without a zone.",
    )

    class Meta:
        model = CalendarFeed
        fields = ("name", "role", "rank", "url", "person", "time_zone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = self.instance.url
        self.initial["url"] = ""
        if "url" in self.fields and self.instance.pk:
            kept = f"Read from {self.instance.host} now; " if self.known else ""
            self.fields["url"].help_text = f"{kept}Leave it empty to keep what is there."

    def clean(self) -> dict[str, Any]:
        """An address that may be read, or a calendar that can be; one of both for a new feed."""
        cleaned: dict[str, Any] = super().clean() or {}
        url, upload = cleaned.get("url", ""), cleaned.get("upload")
        if url and upload:
            self.add_error("upload", "Give an address or a file, not both.")
        elif not url and not upload and not self.instance.pk:
            self.add_error("url", "Give the address of the calendar, or a file.")
        try:
            if url:
                cleaned["url"] = check_address(url).geturl()
            elif upload:
                cleaned["read"] = self._read(upload, cleaned.get("time_zone") or "UTC")
                cleaned["url"] = ""
            else:
                cleaned["url"] = self.known
        except FeedError as error:
            self.add_error("upload" if upload else "url", str(error))
        return cleaned

    def _read(self, upload: Any, zone: str) -> tuple[list[Any], str]:
        if upload.size > LARGEST:
            raise FeedError(f"The file is larger than {LARGEST // 1024 // 1024} MB.")
        body = upload.read()
        now = clock.now()
        return read(body, zone=zone, start=now - BEHIND, end=now + AHEAD), text_of(body)


class NameForm(forms.ModelForm[FeedName]):
    """Whom a name means; what a person has chosen stays chosen."""

    class Meta:
        model = FeedName
        fields = ("person",)

    def save(self, commit: bool = True) -> FeedName:
        """As usual, marked as chosen."""
        if "person" in self.changed_data:
            self.instance.is_chosen = self.instance.person_id is not None
        return super().save(commit)


class NameInline(InlineAccess, admin.TabularInline[FeedName, CalendarFeed]):
    """The names that the calendar holds, those that mean nobody first."""

    model = FeedName
    template = "admin/customers/tabular.html"
    form = NameForm
    fields = ("name", "person")
    readonly_fields = ("name",)
    extra = 0
    addable = False
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[FeedName]:
        """Unmatched first."""
        rows = super().get_queryset(request).select_related("person")
        return rows.order_by(models.F("person").asc(nulls_first=True), "name")

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """The people are read once, however many names there are."""
        kwargs["queryset"] = User.objects.filter(is_active=True).order_by("first_name", "last_name")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            read_once([field])
        return field


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ConsoleAdmin[CalendarFeed]):
    """Calendars in which others keep who is on call."""

    change_act = Act.MANAGE_SETTINGS
    form = FeedForm
    inlines = (NameInline,)
    teaches = "A calendar that somebody keeps elsewhere (iCalendar) can say who is on call: add its address."
    list_display = ("name", "role", "rank", "host", "read_at", "unmatched", "error", "is_active")
    list_filter = ("role", "is_active")
    list_select_related = ("role",)
    search_fields = ("name",)
    readonly_fields = ("read_at", "tried_at", "error")
    actions = ("read_now",)

    def get_fieldsets(self, request: HttpRequest, obj: CalendarFeed | None = None) -> Any:
        """How the reading went is shown once there was one; readers see no field for the address."""
        given = ("url", "upload") if self.has_change_permission(request) else ()
        fields = ("name", ("role", "rank"), *given, "person", "time_zone", "is_active")
        went = [("Last reading", {"fields": ("read_at", "tried_at", "error")})] if obj else []
        return [(None, {"fields": fields}), *went]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new feed is in the zone of whoever adds it."""
        zone = request.user.time_zone if isinstance(request.user, User) else "UTC"
        return {"time_zone": zone, **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[CalendarFeed]:
        """Without the copies, with the number of names that mean nobody."""
        nobody = Count("names", filter=Q(names__person=None))
        return super().get_queryset(request).defer("body").annotate(nobody=nobody)

    @admin.display(description="names that mean nobody")
    def unmatched(self, feed: Any) -> int | str:
        """How many; none matter where the feed is one person's."""
        return feed.nobody if feed.person_id is None else "–"

    @admin.action(description="Read the selected calendars again now")
    def read_now(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        """Due at once; the loop reads them within seconds."""
        CalendarFeed.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))).update(next_read_at=clock.now())
        messages.success(request, "They are read within seconds. Reload this page to see how it went.")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offered to those who may."""
        return super().get_actions(request) if may(actor_of(request), Act.MANAGE_SETTINGS) else {}

    def save_model(self, request: HttpRequest, obj: CalendarFeed, form: Any, change: bool) -> None:
        """What another address or file says is read anew; a file's spans are there at once."""
        by, now = actor_of(request), clock.now()
        if "url" in form.changed_data or "upload" in form.changed_data:
            obj.tag = ""
        obj.next_read_at = now
        super().save_model(request, obj, form, change)
        if "read" in form.cleaned_data:
            named, text = form.cleaned_data["read"]
            keep(obj, named, text=text, tag="", now=now)
        fields = [name for name in form.changed_data if name != "url"] + (
            ["address"] if form.cleaned_data["url"] else []
        )
        action = "oncall.feed_changed" if change else "oncall.feed_made"
        audit.record(action, by=by, now=now, on=obj, data={"role": obj.role.slug, "fields": fields})
