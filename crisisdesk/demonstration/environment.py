"""The demonstration's own environment: a file that a process reads in place of `.env`, secrets made once.

Only what it says counts. Nothing of the person's environment that could point elsewhere (a database, a mail server, a
provider's token) comes through.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

FILE_VARIABLE = "CRISISDESK_ENV_FILE"
VENDOR = "Example Cloud"
# What a process needs of the machine, and nothing more.
PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "VIRTUAL_ENV", "NO_COLOR")
_SECRETS = ("SECRET_KEY", "LINK_KEYS")


def write(directory: Path, *, web_port: int, mail_port: int) -> Path:
    """Write the file for these ports, keeping its secrets; returns its path. For the owner only."""
    path = directory / "env"
    known = read(path)
    kept = {name: known.get(name) or secrets.token_hex(32) for name in _SECRETS}
    lines = [
        "# Made by `manage.py demo`; written anew at each start, the secrets stay.",
        *(f"{name}={value}" for name, value in (kept | _values(directory, web_port, mail_port)).items()),
    ]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.chmod(0o600)
    fresh.write_text("\n".join(lines) + "\n")
    fresh.replace(path)
    return path


def read(path: Path) -> dict[str, str]:
    """The names and values in the file; nothing when there is none."""
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def environment(path: Path, own: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the demonstration's processes, made from the person's `own`."""
    passed_on = {name: value for name, value in own.items() if name in PASSED_ON or name.startswith("LC_")}
    return passed_on | {FILE_VARIABLE: str(path), "PYTHONUNBUFFERED": "1"}


def is_ours(path: Path) -> bool:
    """Whether this process runs with the file already."""
    return os.environ.get(FILE_VARIABLE) == str(path)


def _values(directory: Path, web_port: int, mail_port: int) -> dict[str, str]:
    mail = f"smtp://127.0.0.1:{mail_port}"
    return {
        "DATABASE_URL": f"sqlite:///{quote(str(directory / 'demo.sqlite3'))}",
        "BASE_URL": f"http://127.0.0.1:{web_port}",
        "CUSTOMER_MAIL_URL": mail,
        "STAFF_MAIL_URL": mail,
        "JOURNAL_DIR": str(directory / "journal"),
        "MEDIA_ROOT": str(directory / "media"),
        "VENDOR_NAME": VENDOR,
        "MAIL_DOMAIN": "example-cloud.example",
        "LOG_LEVEL": "WARNING",
    }
