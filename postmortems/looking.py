"""What in a customer edition somebody should look at again: names that the desk knows and customers need not."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

from crisisdesk.core.models import User
from crisisdesk.core.together import Together
from customers.models import Contact, Customer, Instance, Region, Service
from postmortems.models import Postmortem
from postmortems.slips import Slip, slips

# Names of up to so many words are looked up, so many at a time.
LONGEST_NAME, AT_ONCE = 4, 5_000
_WORD = re.compile(r"[^\W_][\w&.'’-]*")


def findings(postmortem: Postmortem) -> list[Slip]:
    """Words in the customer edition to look at again. One read, and one for each 5,000 names a text could hold."""
    # What a correction says was wrong stands above the text that customers read.
    text = f"{postmortem.edition_subject}\n{postmortem.edition_correction}\n{postmortem.edition_body}"
    candidates = names_in(text)
    together = Together()
    staff = together.rows(User.objects.all(), "first_name", "last_name")
    regions = together.rows(Region.objects.all(), "slug")
    services = together.rows(Service.objects.all(), "name")
    affected = Instance.objects.filter(service__affectedservice__incident=postmortem.incident_id)
    in_trouble = together.rows(affected, "name")
    instances: list[Instance] = []
    customers: list[Customer] = []
    contacts: list[Contact] = []
    for start in range(0, len(candidates), AT_ONCE):
        names = candidates[start : start + AT_ONCE]
        known = together.rows(Instance.objects.filter(name__in=names), "name")
        readers = together.rows(Customer.objects.filter(name__in=names), "name")
        # A single word is a first name too often: whose name it is, nobody could tell.
        full = [name for name in names if " " in name]
        at_customers = together.rows(Contact.objects.filter(name__in=full, erased_at=None), "name")
        together.read()
        instances += known
        customers += readers
        contacts += at_customers
    together.read()
    people = [name for row in staff if (name := f"{row.first_name} {row.last_name}".strip())]
    public = [
        settings.REPLY_TO,
        settings.VENDOR_NAME,
        settings.PRODUCT_NAME,
        urlsplit(settings.BASE_URL).hostname or "",
    ]
    public += [*(row.slug for row in regions), *(row.name for row in services)]
    return slips(
        text,
        people=people,
        code_names=sorted({row.name for row in [*instances, *in_trouble]}),
        customers=sorted({row.name for row in customers}),
        contacts=sorted({row.name for row in contacts} - set(people)),
        public=public,
    )


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
