"""What others do with the same mails on the same kind of database and mail server, in processes of their own.

python -m benchmarks.peers post-office|mailer COUNT PROCESSES prints mails per second; under `benchmarks.peer_settings`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import connections

from benchmarks.result import say

BASE = Path(__file__).resolve().parents[1]
_LINE = "Payments by card fail for some of your buyers since 14:02 and we are working on it; nothing is lost.\n"


def peer_rates(mail_url: str, folder: Path, count: int) -> dict[str, float]:
    """Mails per second of each peer, as shipped and tuned."""
    url = _peer_database(folder)
    found: dict[str, float] = {}
    for name, kind, processes, tuned, mails in (
        ("post_office_tuned_2_processes", "post-office", 2, "1", count),
        ("post_office_tuned_1_process", "post-office", 1, "1", count),
        ("post_office_as_shipped", "post-office", 1, "", count // 2),
        ("mailer", "mailer", 1, "", count // 5),
    ):
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.peer_settings",
            "PEER_DATABASE_URL": url,
            "PEER_MAIL_PORT": str(urlsplit(mail_url).port),
            "PEER_TUNED": tuned,
        }
        command = [sys.executable, "-m", "benchmarks.peers", kind, str(mails), str(processes)]
        done = subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
        found[name] = round(float(done.stdout.split()[-1]))
        say(f"{name}: {found[name]:,}/s")
    return found


def best_tuned(rates: dict[str, float]) -> float:
    """django-post-office at its best."""
    return max(rate for name, rate in rates.items() if name.startswith("post_office"))


def _peer_database(folder: Path) -> str:
    """A second database beside the desk's."""
    if connections["default"].vendor == "sqlite":
        return f"sqlite:///{folder / 'peers.sqlite3'}"
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'peers'")
        if cursor.fetchone() is None:
            cursor.execute("CREATE DATABASE peers")
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/peers"


def _mail(number: int) -> tuple[str, str, str, str]:
    links = f"https://desk.example/progress/{number:040d}/ https://desk.example/preferences/{number:040d}/"
    text = f"Hello Pat {number},\n\n{_LINE * 13}\n{links}\n"
    html = f"<!doctype html><html><body><p>Hello Pat {number}</p>{f'<p>{_LINE}</p>' * 14}{links}</body></html>"
    return "Payments are failing", text, html, f"reader{number}@customer.example"


def _post_office(count: int, processes: int) -> None:
    from post_office.mail import send_queued_mail_until_done  # noqa: PLC0415 - under its settings only
    from post_office.models import PRIORITY, STATUS, Email  # noqa: PLC0415

    Email.objects.bulk_create(
        [
            Email(
                from_email="desk@status.example",
                to=[to],
                subject=subject,
                message=text,
                html_message=html,
                status=STATUS.queued,
                priority=PRIORITY.medium,
            )
            for subject, text, html, to in map(_mail, range(count))
        ],
        batch_size=1000,
    )
    began = time.monotonic()
    send_queued_mail_until_done(f"/tmp/crisisdesk-bench-{os.getpid()}", processes)  # noqa: S108 - a lock of this run
    seconds = time.monotonic() - began
    unsent = Email.objects.exclude(status=STATUS.sent).count()
    if unsent:
        raise SystemExit(f"{unsent} were not sent")
    Email.objects.all().delete()
    print(count / seconds)


def _mailer(count: int) -> None:
    from mailer.engine import send_all  # noqa: PLC0415 - under its settings only
    from mailer.models import PRIORITY_MEDIUM, Message, make_message  # noqa: PLC0415

    for subject, text, html, to in map(_mail, range(count)):
        mail = EmailMultiAlternatives(subject, text, "desk@status.example", [to])
        mail.attach_alternative(html, "text/html")
        made = make_message(subject=subject, from_email="desk@status.example", to=[to], priority=PRIORITY_MEDIUM)
        made.email = mail
        made.save()
    began = time.monotonic()
    send_all()
    seconds = time.monotonic() - began
    if Message.objects.exists():
        raise SystemExit("some were not sent")
    print(count / seconds)


if __name__ == "__main__":
    django.setup()
    call_command("migrate", verbosity=0)
    if sys.argv[1] == "mailer":
        _mailer(int(sys.argv[2]))
    else:
        _post_office(int(sys.argv[2]), int(sys.argv[3]))
