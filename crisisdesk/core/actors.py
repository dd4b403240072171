"""Who does something: a person, a named job or an API token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from crisisdesk.core.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `groups` are the names of the groups held when the act began."""

    kind: Literal["person", "job", "token"]
    name: str
    id: int | None = None
    groups: frozenset[str] = frozenset()

    @classmethod
    def person(cls, user: User) -> Actor:
        """The actor for a person; inactive people hold no group. Reads the groups unless they came with the person."""
        held = user.known_groups
        if held is None:
            held = frozenset(user.groups.values_list("name", flat=True))
        groups = held if user.is_active else frozenset()
        return cls("person", user.get_full_name() or user.get_username(), user.pk, groups)

    @classmethod
    def job(cls, name: str) -> Actor:
        """The actor for a named job, such as "promise keeper". What a job may do is listed in `access.JOBS`."""
        return cls("job", name)

    @property
    def person_id(self) -> int | None:
        """The user's primary key when a person acts, else None."""
        return self.id if self.kind == "person" else None
