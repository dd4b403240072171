"""The console's pages about incidents. Each module registers its own; name it here."""

from incidents.admin import (
    alert,
    feed,
    incident,
    incident_type,
    notification,
    oncall,
    paging,
    policy,
    schedule,
    source,
    template,
)

__all__ = [
    "alert",
    "feed",
    "incident",
    "incident_type",
    "notification",
    "oncall",
    "paging",
    "policy",
    "schedule",
    "source",
    "template",
]
