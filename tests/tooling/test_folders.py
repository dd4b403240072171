"""Each session has a folder of its own for temporary files; it stays when something failed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ("-ptests.plugins.folders", "-pno:django", "-pno:randomly", "-pno:xdist", "-pno:cacheprovider")


@pytest.mark.parametrize(("expected", "kept"), [("1", False), ("2", True)])
def test_it_keeps_the_files_of_what_failed_and_no_others(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, expected: str, kept: bool
) -> None:
    folders = pytester.mkdir("folders")
    monkeypatch.setenv("TMPDIR", str(folders))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(
        f"def test_it(tmp_path):\n    (tmp_path / 'log').write_text('said')\n    assert {expected} == 1\n"
    )

    result = pytester.run(sys.executable, "-m", "pytest", *PLUGINS)

    assert [path.read_text() for path in folders.glob("crisisdesk-session-*/tests/test_it0/log")] == ["said"] * kept
    assert ("Files of the failed tests: " in result.stdout.str()) is kept
