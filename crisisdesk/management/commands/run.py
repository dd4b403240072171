"""Command: run the whole desk on this machine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crisisdesk.core.engine import clusters, watchman, web
from crisisdesk.core.engine.processes import ManagedProcess
from crisisdesk.core.engine.supervisor import Supervisor


class Command(BaseCommand):
    """Start web and background work, keep them alive, end them on Ctrl-C or SIGTERM."""

    help = (
        "Start the web server and both django-q2 clusters under a supervisor that replaces what dies or hangs. "
        "Run it under systemd; any number of machines may run it on one database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--no-web", action="store_true", help="background work only")
        parser.add_argument("--web-host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--web-port", type=int, default=8000, help="port, 0 for a free one (default: 8000)")
        parser.add_argument("--web-workers", type=int, default=2, help="web processes (default: 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to end."""
        children: list[ManagedProcess] = [clusters.loops_cluster(), clusters.default_cluster()]
        if not options["no_web"]:
            children.append(self._web(options["web_host"], options["web_port"], options["web_workers"]))
        if (watching := watchman.process()) is not None:
            children.append(watching)
        Supervisor(children).run()

    def _web(self, host: str, port: int, workers: int) -> web.Web:
        try:
            listener = web.listen(host, port)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --web-port."
            ) from error
        self.stdout.write(f"Listening on http://{host}:{listener.getsockname()[1]}/")
        self.stdout.flush()
        return web.Web(listener, workers)
