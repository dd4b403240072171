"""The requirement files: pinned, hashed, bound to no machine."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("run", "demo", "dev")


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pins_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text_of(name), re.MULTILINE))


@pytest.mark.parametrize("name", FILES)
def test_it_holds_no_address_and_no_path(name: str) -> None:
    assert not re.search(r"://|^-|(^|[\s=])/", text_of(name), re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_it_hashes_every_pin(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", text_of(name), flags=re.MULTILINE)[1:]

    assert len(entries) == len(pins_of(name)) > 0
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_runs_in_production_is_what_was_tested() -> None:
    assert pins_of("run").items() <= pins_of("demo").items() <= pins_of("dev").items()


def test_it_pins_every_dependency_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {
        "run": project["dependencies"],
        "demo": project["dependencies"] + project["optional-dependencies"]["demo"],
        "dev": project["dependencies"] + list(chain(*project["optional-dependencies"].values())),
    }

    for name, requirements in named.items():
        wanted = {re.split(r"[\[<>=!~ ;]", requirement)[0].lower() for requirement in requirements}
        assert wanted - pins_of(name).keys() == set(), f"run `make requirements`: {name}.txt lacks these"
