"""A desk of real clusters on a database of its own, and a mail server that keeps what staff get."""

from tests.core.engine.conftest import desk, migrated, own_database

__all__ = ["desk", "migrated", "own_database"]
