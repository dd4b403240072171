"""A test that this machine cannot run is named; under CI it fails."""

from __future__ import annotations

import pytest

TESTS = """
    import pytest

    @pytest.mark.needs("a-program-nobody-has")
    def test_with_a_missing_program(): ...

    def test_that_asks_for_one():
        from tests.plugins.system import program
        program("a-program-nobody-has")

    @pytest.mark.needs("sh")
    def test_with_a_program_that_is_there(): ...

    @pytest.mark.xfail
    def test_expected_to_fail():
        raise AssertionError
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(TESTS)
    pytester.makeini("[pytest]\nmarkers = needs(*programs): system programs\n")
    return pytester


def run(suite: pytest.Pytester) -> pytest.RunResult:
    return suite.runpytest_inprocess("-rs", "-ptests.plugins.system", "-pno:django", "-pno:randomly", "-pno:xdist")


def test_it_names_what_the_machine_lacks(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    result = run(suite)

    result.assert_outcomes(passed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(["*a-program-nobody-has not found; as root: apt-get install a-program-nobody-has*"])


def test_it_fails_under_ci(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    result = run(suite)

    result.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_it_fails_a_module_left_out_under_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile("import pytest\n\npytest.importorskip('a_library_nobody_has')\n")

    result = run(pytester)

    result.assert_outcomes(errors=1)
