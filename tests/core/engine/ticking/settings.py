"""The project with one app more."""

from crisisdesk.settings import *  # noqa: F403
from crisisdesk.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.core.engine.ticking.apps.TickingConfig"]
