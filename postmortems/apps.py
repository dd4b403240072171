"""The postmortems app."""

from django.apps import AppConfig


class PostmortemsConfig(AppConfig):
    """See the package's modules."""

    name = "postmortems"
