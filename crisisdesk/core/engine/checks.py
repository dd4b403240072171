"""Mistakes in the deployment that would keep the loops from running, found before they do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from crisisdesk.core.engine import loops

BROKER = "crisisdesk.core.engine.broker.Broker"


def check_clusters(**_: Any) -> list[CheckMessage]:
    """Our broker, a cluster for the loops with a worker for each and one to spare, tasks longer than a run."""
    found: list[CheckMessage] = []
    queue = settings.Q_CLUSTER
    if queue.get("broker_class") != BROKER or queue.get("orm") != "default":
        found.append(
            Error(
                "django-q2 does not use this project's broker on the project's database.",
                hint=f'Set Q_CLUSTER["broker_class"] = "{BROKER}" and Q_CLUSTER["orm"] = "default".',
                id="crisisdesk.E101",
            )
        )
    # In a process of the loops' cluster django-q2 has already taken its part out of the settings.
    cluster = queue.get("ALT_CLUSTERS", {}).get(loops.CLUSTER, {})
    if cluster and cluster["workers"] <= len(loops.registered()):
        found.append(
            Warning(
                f"{len(loops.registered())} loops share {cluster['workers']} workers when no supervisor runs.",
                hint=f"Set CRISISDESK_LOOP_WORKERS to {len(loops.registered()) + 1} or more.",
                id="crisisdesk.W102",
            )
        )
    if cluster and not settings.CRISISDESK_LOOP_SECONDS < cluster["timeout"] < cluster["retry"]:
        found.append(
            Error(
                "A run of a loop would be cut off or queued twice.",
                hint="Keep CRISISDESK_LOOP_SECONDS < timeout < retry in the cluster “loops”.",
                id="crisisdesk.E103",
            )
        )
    return found


def check_watch(**_: Any) -> list[CheckMessage]:
    """Somebody outside hears when the desk itself is down."""
    url: str = settings.DEADMAN_URL
    if url and not url.startswith(("http://", "https://")):
        return [Error("DEADMAN_URL must begin with http:// or https://.", id="crisisdesk.E104")]
    found: list[CheckMessage] = []
    if not url:
        found.append(
            Warning(
                "DEADMAN_URL is empty: nobody outside notices when the desk itself is down.",
                hint="Set it to the ping address of an external monitor.",
                id="crisisdesk.W105",
            )
        )
    if not settings.ADMINS:
        found.append(
            Warning(
                "ADMIN_MAIL is empty: nobody is mailed when a loop is late.",
                hint="Set it to the addresses of those who run the desk.",
                id="crisisdesk.W106",
            )
        )
    return found
