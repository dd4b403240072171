"""`manage.py import_customers FILE [--dry-run]`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crisisdesk.core.models import User
from customers.models import Customer
from tests.customers.imports.conftest import ACME, GLOBEX, csv_file

pytestmark = pytest.mark.usefixtures("landscape")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good file."""
    path = tmp_path / "customers.csv"
    path.write_bytes(csv_file(ACME, GLOBEX))
    return path


def run(path: Path, **options: object) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("import_customers", path, stdout=out, no_color=True, **options)
    return out.getvalue()


def test_it_imports_in_the_name_of_a_person(file: Path, dana: User) -> None:
    said = run(file, by="dana")

    assert "2 new, 0 changed, 0 same, 0 bad." in said
    assert "Imported." in said
    assert Customer.history.filter(history_user=dana).count() == 2


def test_a_dry_run_shows_and_changes_nothing(file: Path) -> None:
    said = run(file, dry_run=True)

    assert "line 2: new: Acme / Ann Adler: customer reference: A-1;" in said
    assert said.endswith("Dry run: nothing was changed.\n")
    assert not Customer.objects.exists()


def test_it_prints_each_bad_row_with_its_line(file: Path, dana: User) -> None:
    file.write_bytes(csv_file(ACME, "G-1,Globex,gold,,,,,,,", "H-1,Hooli,,,Hal,hal,,,,"))
    out = io.StringIO()

    with pytest.raises(CommandError, match="2 bad rows: nothing was imported"):
        call_command("import_customers", file, by="dana", stdout=out, no_color=True)

    assert "line 3: Globex: There is no tier “gold”." in out.getvalue()
    assert "line 4: Hooli / Hal: “hal” is not an e-mail address." in out.getvalue()
    assert not Customer.objects.exists()


def test_it_refuses_without_a_person_or_with_one_who_may_not(file: Path, ivo: User) -> None:
    with pytest.raises(CommandError, match="Say who imports"):
        run(file)
    with pytest.raises(CommandError, match=r"Ivo Brandt may not edit and import customers\. This takes Support"):
        run(file, by="ivo")
    assert not Customer.objects.exists()


def test_it_says_when_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "none.csv")
