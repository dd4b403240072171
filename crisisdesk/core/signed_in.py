"""Who is signed in, with the groups held, in one read: every page asks for both."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import F

from crisisdesk.core.models import User


class Backend(ModelBackend):
    """Django's own; the person of a session comes with the names of the groups, as they are now."""

    def get_user(self, user_id: Any) -> User | None:
        """The person, or None for one who is gone or may not sign in any more."""
        rows = list(User._default_manager.filter(pk=user_id).annotate(held=F("groups__name")))
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        found = rows[0]
        found.known_groups = frozenset(row.held for row in rows if row.held)
        return found
