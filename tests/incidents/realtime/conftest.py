"""A desk of real clusters on a database of its own, and a mail server that keeps what staff get."""

from tests.core.engine.conftest import desk, own_database

__all__ = ["desk", "own_database"]
