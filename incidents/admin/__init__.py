"""The console's pages about incidents. Each module registers its own; name it here."""

from incidents.admin import oncall, source, template

__all__ = ["oncall", "source", "template"]
