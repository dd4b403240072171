"""A test run looks for garbage as a worker process does: seldom, and never through what stood before the first test."""

import pytest

from crisisdesk.core.engine import memory


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """When all code is loaded."""
    memory.settle()
