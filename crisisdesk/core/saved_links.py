"""Searches and filtered lists kept under a name, for oneself or for a group. They lead to pages of this desk only.

A link opens nothing that its reader may not see: each page asks for itself.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import Resolver404, resolve

from crisisdesk.core import audit
from crisisdesk.core.access import Act, Group, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.models.saved_link import SavedLink
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState

# The console and the review; what customers see is not kept here.
PLACES = ("/admin/", "/review/")
LONGEST = 500
MOST = 50
ELSEWHERE = "Only pages of this desk can be kept, such as a search or a filtered list."


def internal(path: str) -> str:
    """The path with its query, when it is a page of this desk; raises InvalidInput."""
    parts = urlsplit(path)
    is_plain = path.isprintable() and "\\" not in path and "//" not in parts.path and ".." not in parts.path
    if parts.scheme or parts.netloc or parts.fragment or not is_plain or not parts.path.startswith(PLACES):
        raise InvalidInput({"path": ELSEWHERE})
    if len(path) > LONGEST:
        raise InvalidInput({"path": f"This search is longer than {LONGEST} characters. Choose fewer filters."})
    try:
        resolve(parts.path)
    except Resolver404 as error:
        raise InvalidInput({"path": ELSEWHERE}) from error
    return path


def save(*, name: str, path: str, group: str = "", by: Actor, now: datetime) -> SavedLink:
    """Keep a page under a name, shared with one of one's own groups or with nobody.

    Raises NotAllowed; InvalidInput for a page elsewhere, a name that is missing or in use, or a group one is not in.
    """
    require(by, Act.VIEW_CONSOLE)
    if by.person_id is None:
        raise NotAllowed(f"{by.name} is no person and keeps no links.")
    said = " ".join(name.split())[:80]
    if not said:
        raise InvalidInput({"name": "Give it a name, such as “My enterprise customers”."})
    if group and group not in by.groups:
        raise InvalidInput({"group": "Share it with a group of your own."})
    if SavedLink.objects.filter(owner=by.person_id).count() >= MOST:
        raise WrongState(f"You keep {MOST} links already. Remove one first.")
    row = SavedLink(owner_id=by.person_id, name=said, path=internal(path), group=group, made_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record("link.saved", by=by, now=now, on=row, data={"shared_with": group})
    except IntegrityError as error:
        raise InvalidInput({"name": f"You have a link called “{said}” already. Choose another name."}) from error
    return row


def remove(row: SavedLink, *, by: Actor, now: datetime) -> None:
    """Forget a link of one's own. Raises NotAllowed."""
    if by.person_id is None or row.owner_id != by.person_id:
        raise NotAllowed("Only the person who saved a link removes it.")
    with transaction.atomic():
        audit.record("link.removed", by=by, now=now, on=row, data={"shared_with": row.group})
        row.delete()


def links_of(by: Actor) -> QuerySet[SavedLink]:
    """One's own and those shared with one's groups, by name; one query."""
    mine = Q(owner=by.person_id) | Q(group__in=by.groups & frozenset(Group), owner__is_active=True)
    return SavedLink.objects.filter(mine).select_related("owner").order_by("name", "pk")
