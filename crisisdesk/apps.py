"""The top layer as Django apps: the console's site and the project's commands."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleAdminConfig(AdminConfig):
    """Django's admin, with the operators' console as its site."""

    default_site = "crisisdesk.site.ConsoleSite"


class CrisisDeskConfig(AppConfig):
    """The project's own commands, checks and console templates."""

    name = "crisisdesk"
    label = "crisisdesk"
    verbose_name = "CrisisDesk"
