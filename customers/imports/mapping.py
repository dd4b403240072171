"""What the columns of a foreign file hold: known by its headings, kept from last time, or proposed to a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from rapidfuzz import fuzz, process

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from customers.imports.columns import NAMES, REQUIRED
from customers.imports.reading import named_columns, plain_heading
from customers.models import ColumnMapping

# How CRMs and billing systems call what we ask for, in the languages of the desk.
_WORDS = {
    "customer_reference": "customer_id customer_number customer_no account_id account_number account_no "
    "crm_id external_id client_id id reference ref kundennummer kundennr kunden_nr référence numéro_client "
    "numéro_de_client",
    "customer": "customer_name company company_name account account_name organisation organization client firm kunde "
    "firma firmenname kundenname unternehmen entreprise société raison_sociale",
    "tier": "plan level segment edition support_level stufe tarif niveau formule",
    "account_owner": "owner account_manager csm customer_success_manager betreuer responsable",
    "contact_name": "contact name full_name person contact_person ansprechpartner nom kontakt",
    "email": "e_mail mail email_address e_mail_address contact_email mailadresse e_mail_adresse "
    "adresse_e_mail adresse_mail courriel",
    "phone": "telephone phone_number mobile mobile_phone cell tel telefon telefonnummer handy téléphone portable",
    "language": "locale lang preferred_language sprache langue",
    "time_zone": "timezone tz zeitzone fuseau_horaire",
    "services": "service products product uses subscriptions dienste produkte produits",
}
_MEANINGS = {word: name for name, words in _WORDS.items() for word in words.split()}
ALIKE = 88.0


def shape_of(headings: Sequence[str]) -> str:
    """The fingerprint of a kind of file: its headings in their order, capitals aside."""
    plain = [plain_heading(cell) for cell in headings]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def known(headings: Sequence[str]) -> tuple[list[str], str] | None:
    """What the columns hold, and how this kind of file is called ("" when it uses our own names); None to be asked."""
    try:
        return named_columns(headings), ""
    except InvalidInput:
        kept = ColumnMapping.objects.filter(shape=shape_of(headings)).first()
    return (list(kept.columns), kept.source) if kept else None


def proposed(headings: Sequence[str]) -> list[str]:
    """What each column probably holds: as said for other files, by its words, by likeness; each at most once."""
    said = {
        plain_heading(heading): column
        for kept in ColumnMapping.objects.order_by("made_at")
        for heading, column in zip(kept.headings, kept.columns, strict=True)
        if column
    }
    meanings = _MEANINGS | {name: name for name in NAMES} | said
    found = [meanings.get(plain_heading(cell), "") for cell in headings]
    for place, cell in enumerate(headings):
        if not found[place] and cell:
            close = process.extractOne(plain_heading(cell), meanings.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
            found[place] = meanings[close[0]] if close else ""
    return [name if name not in found[:place] else "" for place, name in enumerate(found)]


def checked(headings: Sequence[str], columns: Sequence[str]) -> list[str]:
    """What a person said the columns hold. Raises InvalidInput for a required one that is missing or one said twice."""
    names = [name if name in NAMES else "" for name in columns][: len(headings)]
    names += [""] * (len(headings) - len(names))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InvalidInput(f"Say which column holds {' and which holds '.join(missing)}: no import goes without.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidInput(f"Two columns cannot both hold {twice[0]}. Leave one of them out.")
    return names


def keep(headings: Sequence[str], columns: Sequence[str], *, source: str, by: Actor, now: datetime) -> ColumnMapping:
    """Remember for the next file with these headings. In the caller's transaction."""
    return ColumnMapping.objects.update_or_create(
        shape=shape_of(headings),
        defaults={
            "source": " ".join(source.split())[:80],
            "headings": list(headings),
            "columns": list(columns),
            "made_by_name": by.name,
            "made_at": now,
        },
    )[0]
