"""Programs of the system that some tests need: a browser, Alertmanager, a mail sink.

Mark a test with the programs it starts, and find them with `program`::

    @pytest.mark.needs("chromium", "prometheus-alertmanager")
    def test_it_wakes_the_person_on_call(): ...

A test whose programs are missing is left out by name; under `CI=true` it fails, as does every test that skips itself
for any other reason, so that a green run never hides a hole.
"""

import os
import shutil
from collections.abc import Generator

import pytest

# /usr/sbin is not on everybody's PATH, and Debian keeps smtp-sink there.
_PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
# Debian's package for each program; scripts/bootstrap installs them.
PACKAGES = {
    "chromium": "chromium",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
}


def find_program(name: str) -> str | None:
    """Return the path of a system program, or None when this machine lacks it."""
    return shutil.which(name, path=_PLACES)


def program(name: str) -> str:
    """Return the path of a system program; leave the running test out when this machine lacks it."""
    path = find_program(name)
    if path is None:
        pytest.skip(_missing(name))
    return path


def _missing(*names: str) -> str:
    packages = sorted({PACKAGES.get(name, name) for name in names})
    return f"{', '.join(names)} not found; as root: apt-get install {' '.join(packages)}"


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test whose programs are missing."""
    needed = [name for marker in item.iter_markers("needs") for name in marker.args]
    missing = [name for name in needed if find_program(name) is None]
    if missing:
        pytest.skip(_missing(*missing))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI a test left out is a test failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: left out under CI: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Under CI a module left out is a module failed."""
    report = yield
    if report.skipped and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid}: left out under CI: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
