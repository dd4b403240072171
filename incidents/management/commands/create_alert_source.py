"""Make a token for a monitoring system: `manage.py create_alert_source NAME`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from crisisdesk.core import clock
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import Refusal
from incidents.intake.sources import create_source, replace_token
from incidents.models import AlertSource


class Command(BaseCommand):
    """Prints the token alone on standard output, once, and how to use it on standard error."""

    help = "Create a source of alerts and print its token, which is shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A name, and whether an existing source is meant."""
        parser.add_argument("name", help="How people recognise it, such as “Production Alertmanager”.")
        parser.add_argument(
            "--replace", action="store_true", help="Give an existing source another token; the old one ends at once."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create or replace; CommandError says why not."""
        by, now, name = Actor.job("command line"), clock.now(), options["name"]
        try:
            if options["replace"]:
                token = replace_token(AlertSource.objects.get(name=name), by=by, now=now)
            else:
                _, token = create_source(name, by=by, now=now)
        except AlertSource.DoesNotExist as error:
            raise CommandError(f"There is no source called “{name}”.") from error
        except Refusal as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            f"Let Alertmanager post to {settings.BASE_URL}{reverse('intake_alertmanager')} with this token as its "
            "http_config.authorization.credentials (docs/reference/alertmanager.md). It is not shown again."
        )
        self.stdout.write(token)
