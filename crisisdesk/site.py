"""The operators' console: Django's admin with a front page of its own."""

from django.contrib.admin import AdminSite


class ConsoleSite(AdminSite):
    """The command centre is its index."""

    site_header = "CrisisDesk"
    site_title = "CrisisDesk"
    index_title = "Command centre"
    enable_nav_sidebar = False
