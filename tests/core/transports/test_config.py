"""Mail URLs of the settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.transports.config import parse


def test_it_reads_host_port_credentials_and_options() -> None:
    config = parse("smtp+tls://desk:p%40ss@mail.example:2525?connections=8&timeout=5&ca=/etc/own.pem")
    assert (config.host, config.port, config.user, config.password) == ("mail.example", 2525, "desk", "p@ss")
    assert (config.connections, config.timeout, config.data_timeout, config.ca) == (8, 5.0, 60.0, "/etc/own.pem")


@pytest.mark.parametrize(("url", "port"), [("smtp://m", 25), ("smtp+tls://m", 587), ("smtps://m", 465)])
def test_it_knows_the_ports(url: str, port: int) -> None:
    assert parse(url).port == port


def test_it_reads_a_provider_and_any_backend() -> None:
    assert parse("anymail+postmark://").backend == "anymail.backends.postmark.EmailBackend"
    own = parse("backend+own_mail.backends.EmailBackend://?connections=2")
    assert (own.backend, own.connections) == ("own_mail.backends.EmailBackend", 2)


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://m", "smtp://", "smtp://m:port", "smtp://m?connections=0", "smtp://m?speed=9"]
)
def test_it_refuses_what_it_cannot_use_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse(url)
    assert "mail URL" in str(refusal.value)


def test_it_never_shows_the_password() -> None:
    config = parse("smtp://desk:secret@mail.example")
    assert "secret" not in repr(config) + config.name
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse("smtp://desk:secret@mail.example:port")
    assert "secret" not in str(refusal.value)
