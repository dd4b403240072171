"""A folder for temporary files that belongs to one session alone.

pytest numbers those of a user and clears away old ones when a session ends, also while another session looks at them.
Ours goes when all went well; otherwise it stays, with the logs and pictures of what failed, and is named.
"""

import shutil
import tempfile
from pathlib import Path

import pytest

_FOLDER = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make it, unless one is given; the workers of pytest-xdist get theirs from the session."""
    if config.option.basetemp is None:
        folder = Path(tempfile.mkdtemp(prefix="crisisdesk-session-"))
        config.stash[_FOLDER] = folder
        # pytest empties what it is given, so it gets a folder inside.
        config.option.basetemp = str(folder / "tests")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say where it is when something failed, and remove it otherwise."""
    folder = config.stash.get(_FOLDER, None)
    if folder is None:
        return
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"Files of the failed tests: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
