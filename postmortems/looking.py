"""What in a customer edition somebody should look at again: names that the desk knows and customers need not."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

from crisisdesk.core.models import User
from customers.models import Customer, Instance, Region, Service
from postmortems.models import Postmortem
from postmortems.slips import Slip, slips

# Names of up to so many words are looked up, so many at a time.
LONGEST_NAME, AT_ONCE = 4, 400
_WORD = re.compile(r"[^\W_][\w&.'’-]*")


def findings(postmortem: Postmortem) -> list[Slip]:
    """Words in the customer edition to look at again. Five reads, and one for each 400 names a text could hold."""
    # What a correction says was wrong stands above the text that customers read.
    text = f"{postmortem.edition_subject}\n{postmortem.edition_correction}\n{postmortem.edition_body}"
    people = [
        name
        for first, last in User.objects.values_list("first_name", "last_name")
        if (name := f"{first} {last}".strip())
    ]
    public = [
        settings.REPLY_TO,
        settings.VENDOR_NAME,
        settings.PRODUCT_NAME,
        urlsplit(settings.BASE_URL).hostname or "",
    ]
    public += [*Region.objects.values_list("slug", flat=True), *Service.objects.values_list("name", flat=True)]
    candidates = names_in(text)
    code_names = _known(Instance, candidates) | set(
        Instance.objects.filter(service__affectedservice__incident=postmortem.incident_id).values_list(
            "name", flat=True
        )
    )
    customers = _known(Customer, candidates)
    return slips(text, people=people, code_names=sorted(code_names), customers=sorted(customers), public=public)


def names_in(text: str) -> list[str]:
    """Every run of one to four words that could be a name: it begins with a capital or a digit, or has a dash."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        words = [(match.group().rstrip(".'’-"), match.start()) for match in _WORD.finditer(line)]
        for place, (word, _) in enumerate(words):
            if not (word[:1].isupper() or word[:1].isdigit() or "-" in word):
                continue
            for length in range(1, LONGEST_NAME + 1):
                found[" ".join(each for each, _ in words[place : place + length])] = None
    return list(found)


def _known(model: type[Customer] | type[Instance], names: list[str]) -> set[str]:
    chunks = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]
    return {
        name
        for chunk in chunks
        for name in model._default_manager.filter(name__in=chunk).values_list("name", flat=True)
    }
