"""Ports, environment, logins and the lock of the demonstration."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from crisisdesk.demonstration import directory, environment, ports
from crisisdesk.demonstration.banner import banner
from crisisdesk.demonstration.logins import logins
from crisisdesk.demonstration.people import WHO_SIGN_IN


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_it_takes_the_usual_port_without_a_word(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    listener = ports.listen(free, "the desk", "--port")
    assert (listener.port, listener.note) == (free, "")
    listener.socket.close()


def test_it_says_which_port_it_takes_when_the_usual_one_is_busy(taken: int) -> None:
    listener = ports.listen(taken, "the mail tray", "--tray-port")
    assert listener.port != taken
    assert listener.note == (
        f"Port {taken} is busy, so the mail tray uses {listener.port}. Choose one yourself with --tray-port."
    )
    listener.socket.close()


def test_it_holds_its_port_so_that_nobody_else_takes_it() -> None:
    first = ports.listen(0, "the desk", "--port")
    second = ports.listen(first.port, "the mail server", "--mail-port")
    assert second.port != first.port
    first.socket.close()
    second.socket.close()


def test_it_listens_on_this_machine_only() -> None:
    listener = ports.listen(0, "the desk", "--port")
    assert listener.socket.getsockname()[0] == "127.0.0.1"
    listener.socket.close()


def test_its_secrets_are_made_once_and_stay_when_ports_change(tmp_path: Path) -> None:
    first = environment.read(environment.write(tmp_path, web_port=8000, mail_port=1025))
    other_home = tmp_path / "other"
    other_home.mkdir()
    second = environment.read(environment.write(tmp_path, web_port=8001, mail_port=1026))
    other = environment.read(environment.write(other_home, web_port=8000, mail_port=1025))
    for name in ("SECRET_KEY", "LINK_KEYS"):
        assert len(first[name]) >= 64
        assert first[name] == second[name] != other[name]
    assert second["BASE_URL"] == "http://127.0.0.1:8001"
    assert second["CUSTOMER_MAIL_URL"] == second["STAFF_MAIL_URL"] == "smtp://127.0.0.1:1026"
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_nothing_of_the_persons_environment_that_points_elsewhere_comes_through(tmp_path: Path) -> None:
    own = {
        "PATH": "/usr/bin",
        "LC_ALL": "C.UTF-8",
        "DATABASE_URL": "postgres://real",
        "STAFF_MAIL_URL": "smtp://real",
        "POSTMARK_SERVER_TOKEN": "real",
    }
    found = environment.environment(tmp_path / "env", own)
    assert found["PATH"] == "/usr/bin"
    assert found["LC_ALL"] == "C.UTF-8"
    assert found["CRISISDESK_ENV_FILE"] == str(tmp_path / "env")
    assert not {name for name in found if "URL" in name or "TOKEN" in name}


def test_each_login_has_a_password_of_its_own_that_stays(tmp_path: Path) -> None:
    first = logins(tmp_path, ["dana", "ivo"])
    assert len(set(first.values())) == 2
    assert all(len(password) >= 12 for password in first.values())
    assert logins(tmp_path, ["dana", "ivo", "mira"])["dana"] == first["dana"]
    assert stat.S_IMODE((tmp_path / "logins.json").stat().st_mode) == 0o600


def test_a_second_start_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    home = directory.opened(tmp_path / "demo")
    directory.lock(home)
    with pytest.raises(directory.InUse, match="running from"):
        directory.lock(home)


def test_the_banner_names_addresses_and_one_login_for_each_group() -> None:
    passwords = {person.username: f"secret-of-{person.username}" for person in WHO_SIGN_IN}
    text = banner(
        web="http://127.0.0.1:8001",
        tray="http://127.0.0.1:8025",
        passwords=passwords,
        command="manage.py demo_alarm",
        incident="INC-390 Payments API answers slowly",
        notes=["Port 8000 is busy, so the desk uses 8001."],
    )
    assert "http://127.0.0.1:8001/" in text
    assert "Port 8000 is busy" in text
    assert "INC-390" in text
    groups = ["Operations", "Support", "Marketing communications", "Customer success", "Executives", "Administrators"]
    for person, group in zip(WHO_SIGN_IN, groups, strict=True):
        assert f"secret-of-{person.username}" in text
        assert group in text
