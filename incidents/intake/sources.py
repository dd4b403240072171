"""Who may post alerts: a random token per source, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from crisisdesk.core import audit
from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput
from incidents.models import AlertSource

TOKEN_BYTES = 32


def create_source(
    name: str, *, kind: str = AlertSource.Kind.ALERTMANAGER, by: Actor, now: datetime
) -> tuple[AlertSource, str]:
    """A new source and its token, which is shown now and never again (256 random bits; the SHA-256 is stored).

    Raises NotAllowed, and InvalidInput when the name is empty, too long or taken.
    """
    require(by, Act.MANAGE_SETTINGS)
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise InvalidInput({"name": "Give the source a name of 1 to 80 characters."})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        if AlertSource.objects.filter(name=name).exists():
            raise InvalidInput({"name": f"There is a source called “{name}” already; choose another name."})
        source = AlertSource.objects.create(name=name, kind=kind, token_hash=hashed(token), created_at=now)
        audit.record("alert_source.created", by=by, now=now, on=source, data={"kind": kind})
    return source, token


def replace_token(source: AlertSource, *, by: Actor, now: datetime) -> str:
    """Give the source another token; the old one ends at once. Raises NotAllowed."""
    require(by, Act.MANAGE_SETTINGS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        source.token_hash = hashed(token)
        source.save(update_fields=["token_hash"])
        audit.record("alert_source.token_replaced", by=by, now=now, on=source)
    return token


def source_of(authorization: str, kind: str) -> AlertSource | None:
    """The active source whose token an `Authorization: Bearer ...` header carries (RFC 6750 §2.1); None otherwise."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 20 <= len(token) <= 200 or not token.isascii():
        return None
    return AlertSource.objects.filter(token_hash=hashed(token), kind=kind, is_active=True).first()


def hashed(token: str) -> str:
    """SHA-256 in hex. The token is random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
