"""The documentation keeps up: every setting is listed, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crisisdesk.core.access import TABLE, Act, Group

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *("README.md", "CHANGELOG.md", "data/README.md"),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/**/*.md"))),
]


def test_every_setting_from_the_environment_is_in_the_reference() -> None:
    settings = (ROOT / "crisisdesk" / "settings.py").read_text()
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    assert len(names) > 30
    assert sorted(name for name in names if f"`{name}`" not in reference) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_the_access_table_in_the_guide_is_the_one_in_the_code() -> None:
    rows = (ROOT / "docs" / "guides" / "administrators.md").read_text().splitlines()
    table = {row.split("|")[1].strip(" *"): row.split("|")[2:8] for row in rows if row.startswith("| ") and "✓" in row}
    acts = {
        "report a problem": [Act.REPORT_PROBLEM],
        "acknowledge an alert": [Act.ACKNOWLEDGE_ALERT],
        "declare, decline, change an incident, green light, reopen": [
            Act.QUALIFY,
            Act.CHANGE_INCIDENT,
            Act.GREEN_LIGHT,
            Act.REOPEN,
        ],
        "edit a draft": [Act.EDIT_DRAFT],
        "send to customers": [Act.SEND_UPDATE],
        "write and approve templates": [Act.EDIT_TEMPLATE, Act.APPROVE_TEMPLATE],
        "edit and import customers": [Act.EDIT_CUSTOMERS],
        "write and approve a post-mortem": [Act.EDIT_POSTMORTEM, Act.APPROVE_POSTMORTEM],
        "edit its customer edition": [Act.EDIT_CUSTOMER_EDITION],
        "send its customer edition": [Act.SEND_CUSTOMER_EDITION],
        "see the executive review": [Act.VIEW_REVIEW],
        "sign off": [Act.SIGN_OFF],
        "manage people, shifts, policies, alert sources": [Act.MANAGE_PEOPLE, Act.MANAGE_SETTINGS],
        "see the audit trail": [Act.VIEW_AUDIT],
    }
    assert set(table) == set(acts)
    for row, named in acts.items():
        told = {group for group, cell in zip(Group, table[row], strict=True) if "✓" in cell}
        for act in named:
            assert told == set(TABLE[act]), (row, act)
