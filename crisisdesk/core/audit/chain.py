"""The SHA-256 chain over the audit trail: sealing, and verifying."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from crisisdesk.core.models import AuditEntry, AuditSeal

GENESIS = "0" * 64
BATCH = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a verification. `problem` is empty when the chain holds."""

    sealed: int
    unsealed: int
    head: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True when nothing was changed, removed or inserted between seals."""
        return not self.problem


def canonical(entry: AuditEntry) -> bytes:
    """The entry as bytes that are the same on every machine and database."""
    fields = [
        entry.pk,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.incident,
        entry.data,
        entry.is_drill,
    ]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def link(previous_hash: str, entry: AuditEntry) -> str:
    """The hash of the link for an entry that follows `previous_hash`."""
    return hashlib.sha256(previous_hash.encode() + b"\n" + canonical(entry)).hexdigest()


def seal_pending(now: datetime, *, limit: int = BATCH) -> int:
    """Chain entries that have no seal yet, oldest first, and return how many were sealed.

    Only the holder of the sealer's lease calls this; the unique position refuses a second one.
    Entries are found by "has no seal", not by the highest id: ids commit out of order.
    """
    with transaction.atomic():
        last = AuditSeal.objects.order_by("-position").first()
        position, head = (last.position, last.hash) if last else (0, GENESIS)
        seals = []
        for entry in AuditEntry.objects.filter(seal=None).order_by("id")[:limit]:
            position += 1
            following = link(head, entry)
            seals.append(AuditSeal(entry=entry, position=position, previous_hash=head, hash=following, sealed_at=now))
            head = following
        AuditSeal.objects.bulk_create(seals)
    return len(seals)


def verify() -> Verdict:
    """Walk the whole chain and recompute each link; say where it first fails."""
    expected, head, problem = 0, GENESIS, ""
    for seal in _seals():
        expected += 1
        if seal.position != expected:
            problem = f"Seal {expected} is missing (found {seal.position})."
        elif seal.previous_hash != head:
            problem = f"Seal {seal.position} does not follow the one before it."
        elif seal.hash != link(head, seal.entry):
            problem = f"Audit entry {seal.entry_id} (seal {seal.position}) was changed after it was sealed."
        if problem:
            break
        head = seal.hash
    return Verdict(expected, AuditEntry.objects.filter(seal=None).count(), head, problem)


def _seals() -> Iterator[AuditSeal]:
    return AuditSeal.objects.order_by("position").select_related("entry").iterator(chunk_size=2000)
