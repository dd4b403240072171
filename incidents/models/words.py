"""The standard words of the field."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """Where an incident stands, in the words that status pages use."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Severity(models.TextChoices):
    """How bad it is; SEV1 is the worst."""

    SEV1 = "SEV1", "SEV1 – critical"
    SEV2 = "SEV2", "SEV2 – major"
    SEV3 = "SEV3", "SEV3 – minor"
    SEV4 = "SEV4", "SEV4 – slight"


class ComponentStatus(models.TextChoices):
    """The state of a service during an incident, in the words of the Statuspage API."""

    OPERATIONAL = "operational", "operational"
    DEGRADED_PERFORMANCE = "degraded_performance", "degraded performance"
    PARTIAL_OUTAGE = "partial_outage", "partial outage"
    MAJOR_OUTAGE = "major_outage", "major outage"
    UNDER_MAINTENANCE = "under_maintenance", "under maintenance"


class UpdateKind(models.TextChoices):
    """What a message to customers is for."""

    INITIAL = "initial", "first alert"
    PROGRESS = "progress", "progress update"
    HOLDING = "holding", "holding message"
    CORRECTION = "correction", "correction"
    FINAL = "final", "final message"
    POSTMORTEM = "postmortem", "post-mortem"
    CATCH_UP = "catchup", "catch-up for the newly affected"


class ContactKind(models.TextChoices):
    """By what a person of the vendor can be told."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"
    VOICE = "voice", "voice call"
    CHAT = "chat", "chat"
    PUSH = "push", "push"


class NoticedBy(models.TextChoices):
    """Who noticed first."""

    MONITORING = "monitoring"
    STAFF = "staff"
    CUSTOMER = "customer"
    # Of imported history that does not say; counted neither way.
    UNKNOWN = "unknown"


# Messages of these kinds promise the time of the next one; the others make no promise.
PROMISING_KINDS = frozenset({UpdateKind.INITIAL, UpdateKind.PROGRESS, UpdateKind.HOLDING})
# These tell the time of the next one: the promise they make, or the one that stands.
DATED_KINDS = PROMISING_KINDS | {UpdateKind.CATCH_UP, UpdateKind.CORRECTION}
# What nobody writes by hand: it has its own verb.
MADE_KINDS = frozenset({UpdateKind.POSTMORTEM, UpdateKind.CATCH_UP})
