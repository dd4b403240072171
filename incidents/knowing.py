"""Who may know of a confidential incident: the condition that every reader of incidents puts on its rows.

Those with a standing clearance, as a person or by role, and whoever commands it, writes to its customers or keeps its
record. To everybody else it does not exist: not found, rather than refused. Named jobs know everything.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from incidents.models import Clearance, Incident, reference_of


def known_to(by: Actor | None, prefix: str = "") -> Q:
    """The condition on rows whose incident is at `prefix` (such as "incident__"); rows without an incident pass.

    None is nobody in particular, who knows no secret: what is kept or sent for several readers.
    """
    if by is None:
        return Q(**{f"{prefix}confidential_at": None})
    if by.kind == "job":
        return Q()
    named = Clearance.objects.standing().filter(Q(person=by.person_id or 0) | Q(group__in=by.groups))
    open_to_all = Q(**{f"{prefix}confidential_at": None})
    leads = Q()
    if by.person_id is not None:
        for role in ("commander", "liaison", "scribe"):
            leads |= Q(**{f"{prefix}{role}": by.person_id})
    return open_to_all | leads | Q(**{f"{prefix}pk__in": named.values("incident")})


def knows(by: Actor, incident: Incident) -> bool:
    """Whether the actor may know of it; reads only where it is confidential."""
    return not incident.is_confidential or Incident.objects.filter(known_to(by), pk=incident.pk).exists()


def hidden_references(by: Actor | None) -> frozenset[str]:
    """The references of those that the actor may not know of, for lists that name incidents by reference only."""
    hidden = Incident.objects.exclude(confidential_at=None).exclude(known_to(by))
    return frozenset(reference_of(pk) for pk in hidden.order_by().values_list("pk", flat=True))


def who_know(incident: Incident, people: Collection[User]) -> set[int]:
    """The ids of those among the people who may know of it, by their present groups; of no secret, all of them."""
    ids = {person.pk for person in people}
    if not incident.is_confidential:
        return ids
    standing = Clearance.objects.standing().filter(incident=incident)
    by_name = Q(pk__in=standing.exclude(person=None).values("person"))
    by_role = Q(groups__name__in=standing.exclude(group="").values("group"))
    found = set(User.objects.filter(by_name | by_role, pk__in=ids).values_list("pk", flat=True))
    leads = {incident.commander_id, incident.liaison_id, incident.scribe_id}
    return found | (ids & leads)
