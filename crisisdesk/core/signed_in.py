"""Who is signed in, with the groups held and the time, in one read: every page asks for all three."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import F

from crisisdesk.core import clock
from crisisdesk.core.models import User


class Backend(ModelBackend):
    """Django's own; the person of a session comes with the names of the groups, as they are now."""

    def get_user(self, user_id: Any) -> User | None:
        """The person, or None for one who is gone or may not sign in any more. The moment is the request's."""
        people = User._default_manager.filter(pk=user_id)
        rows = list(people.annotate(held=F("groups__name"), moment=clock.column()))
        if rows:
            clock.hold(rows[0].moment)
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        found = rows[0]
        found.known_groups = frozenset(row.held for row in rows if row.held)
        return found
