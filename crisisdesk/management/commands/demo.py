"""Command: the whole desk with an invented vendor, an outage in progress and a mail tray."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from crisisdesk.core import clock
from crisisdesk.demonstration import alarm, directory, environment, ports
from crisisdesk.demonstration.banner import banner
from crisisdesk.demonstration.live import start_incident
from crisisdesk.demonstration.logins import logins
from crisisdesk.demonstration.people import WHO_SIGN_IN
from crisisdesk.demonstration.prepare import alert_source, prepare
from crisisdesk.demonstration.processes import POLL_SECONDS, Family, answers
from incidents.models import Incident

STARTED = "CRISISDESK_DEMO_SOCKETS"
START_SECONDS = 120.0
BASE = Path(settings.BASE_DIR)


class Command(BaseCommand):
    """Two lives: the first chooses ports and becomes the second, which has the demonstration's own environment."""

    help = (
        "Run CrisisDesk with an invented vendor: 300 customers, a past, one outage in progress, a local mail server "
        "and a tray to read what was sent. Contacts nothing outside this machine. Ctrl-C ends it, the data stays."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=8000, help="port of the desk (default: 8000)")
        parser.add_argument("--mail-port", type=int, default=1025, help="port of the mail server (default: 1025)")
        parser.add_argument("--tray-port", type=int, default=8025, help="port of the mail tray (default: 8025)")
        parser.add_argument(
            "--data-dir", type=Path, default=BASE / "var" / "demo", help="where it is kept (default: var/demo)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, run, end."""
        home = directory.opened(options["data_dir"])
        if STARTED in os.environ and environment.is_ours(home / "env"):
            self._run(home, os.environ.pop(STARTED))
        else:
            self._become_the_demonstration(home, options)

    def _become_the_demonstration(self, home: Path, options: dict[str, Any]) -> None:
        try:
            directory.lock(home)
        except directory.InUse as error:
            port = alarm.remembered(home).get("port")
            where = f" Its address is http://127.0.0.1:{port}/." if port else ""
            raise CommandError(f"{error}{where} End it with Ctrl-C there, or choose another --data-dir.") from error
        try:
            mail = ports.listen(options["mail_port"], "the mail server", "--mail-port")
            tray = ports.listen(options["tray_port"], "the mail tray", "--tray-port")
            web = ports.listen(options["port"], "the desk", "--port")
        except (OSError, OverflowError) as error:
            raise CommandError(f"No port could be opened: {error}.") from error
        web.socket.close()
        for listener in (mail, tray):
            listener.socket.set_inheritable(True)
        notes = "\n".join(listener.note for listener in (web, mail, tray) if listener.note)
        path = environment.write(home, web_port=web.port, mail_port=mail.port)
        variables = environment.environment(path, os.environ)
        variables[STARTED] = f"{web.port} {mail.socket.fileno()} {tray.socket.fileno()}\n{notes}"
        arguments = [sys.executable, str(BASE / "manage.py"), "demo", f"--data-dir={home}"]
        sys.stdout.flush()
        os.execve(sys.executable, arguments, variables)  # noqa: S606 - the same program, with another environment

    def _run(self, home: Path, started: str) -> None:
        numbers, *notes = started.split("\n")
        web_port, mail, tray = (int(number) for number in numbers.split())
        tray_port = _port_of(tray)
        began = time.monotonic()
        family = Family({name: value for name, value in os.environ.items() if name != STARTED})
        family.listen_for_the_end()
        try:
            incident, passwords = self._fill(home, web_port, tray_port)
            mails = ["-m", "crisisdesk.demonstration.tray", "--file", str(home / "mail.sqlite3")]
            family.start("mail", [*mails, "--mail-fd", str(mail), "--web-fd", str(tray)], sockets=(mail, tray))
            run = [str(BASE / "manage.py"), "run", "--web-port", str(web_port)]
            family.start("desk", run)
            self._say("Starting the desk …")
            if self._wait_until_it_answers(family, web_port):
                self.stdout.write(
                    banner(
                        web=f"http://127.0.0.1:{web_port}",
                        tray=f"http://127.0.0.1:{tray_port}",
                        passwords=passwords,
                        command=_alarm_command(home),
                        incident=incident,
                        notes=[note for note in notes if note],
                    )
                )
                self._say(f"Ready after {time.monotonic() - began:.0f} s.")
                self._watch(family)
        finally:
            self._say("Ending …")
            family.stop()

    def _fill(self, home: Path, web_port: int, tray_port: int) -> tuple[str, dict[str, str]]:
        """Database, static files, people, vendor, past, and the outage in progress."""
        self._say(f"Preparing the database in {home} …")
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
        passwords = logins(home, [person.username for person in WHO_SIGN_IN])
        now = clock.now()
        cast = prepare(passwords, now=now, say=lambda text: self._say(f"  {text}"))
        source, token = alert_source(str(alarm.remembered(home).get("token", "")), now=now)
        alarm.remember(home, port=web_port, tray_port=tray_port, token=token)
        start_incident(source, ivo=cast.people["ivo"], dana=cast.people["dana"], now=clock.now())
        unresolved = Incident.objects.unresolved().order_by("-declared_at").first()
        connections.close_all()
        return (str(unresolved) if unresolved else ""), passwords

    def _wait_until_it_answers(self, family: Family, port: int) -> bool:
        until = time.monotonic() + START_SECONDS
        while not family.should_end():
            if answers(port, "/healthz"):
                return True
            if name := family.ended():
                raise CommandError(f"The part “{name}” ended before it was ready; its last words are above.")
            if time.monotonic() > until:
                raise CommandError(f"The desk did not answer within {START_SECONDS:.0f} s; its words are above.")
            time.sleep(POLL_SECONDS)
        return False

    def _watch(self, family: Family) -> None:
        while not family.should_end():
            if name := family.ended():
                raise CommandError(f"The part “{name}” has ended; its last words are above. Start it again: make demo")
            time.sleep(POLL_SECONDS)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _port_of(number: int) -> int:
    with socket.socket(fileno=os.dup(number)) as listener:
        return int(listener.getsockname()[1])


def _alarm_command(home: Path) -> str:
    usual = home == (BASE / "var" / "demo").resolve()
    return ".venv/bin/python manage.py demo_alarm" + ("" if usual else f" --data-dir={shlex.quote(str(home))}")
