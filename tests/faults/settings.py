"""The project, with an app that notes which process plays which part."""

from crisisdesk.settings import *  # noqa: F403
from crisisdesk.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.faults.victims_app.VictimsConfig"]
