"""Mail URLs, as settings hold them.

smtp://user:password@host:587?connections=4&timeout=30     plain
smtp+tls://user:password@host:587?ca=/etc/ssl/own.pem      STARTTLS, demanded and verified
smtps://user:password@host:465                             TLS from the start, verified
anymail+postmark://                                        a provider by anymail's name
backend+django.core.mail.backends.console.EmailBackend://  any Django e-mail backend by its dotted path

Several, separated by blanks or commas, are ways out in order: the next is taken while one does not work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DEFAULT_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
# In place of anymail's own, which needs a library of some 90 MB.
OWN_BACKENDS = {"amazon_ses": "crisisdesk.core.transports.ses.EmailBackend"}
# The most mails in one request of the providers that take a list of whole mails, and how many we put in.
BATCHES = {"postmark": 500, "resend": 100}
DEFAULT_BATCH = 50
DEFAULT_CONNECTIONS = 4
DEFAULT_TIMEOUT = 30.0
DATA_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class MailConfig:
    """One way out. Times in seconds; `data_timeout` is the wait for the answer to a whole mail.

    `batch` is how many mails go in one request, of a provider that takes several.
    `per_second` limits the mails that all senders together hand over; 0 does not.
    """

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    ca: str = ""
    backend: str = ""
    connections: int = DEFAULT_CONNECTIONS
    batch: int = 1
    timeout: float = DEFAULT_TIMEOUT
    data_timeout: float = DATA_TIMEOUT
    per_second: int = 0

    @property
    def name(self) -> str:
        """How logs, events and pages call it; holds no secret."""
        if self.provider:
            return f"anymail.backends.{self.provider}"[-60:]
        return f"{self.host}:{self.port}" if self.host else self.backend.removesuffix(".EmailBackend")[-60:]

    @property
    def longest_attempt(self) -> float:
        """Seconds from the first byte of a content to its answer, at most; whoever waits longer has lost it."""
        return self.timeout + self.data_timeout

    @property
    def provider(self) -> str:
        """The provider by anymail's name, such as "postmark"; empty for anything else."""
        kind, _, name = self.scheme.partition("+")
        return name if kind == "anymail" else ""

    @property
    def is_smtp(self) -> bool:
        """Whether we speak SMTP ourselves."""
        return not self.backend

    def __repr__(self) -> str:
        return f"MailConfig({self.scheme}, {self.name})"


_BETWEEN = re.compile(r"[\s,]+(?=[A-Za-z][\w+.]*://)")


def split_urls(setting: str) -> list[str]:
    """The mail URLs of a setting, in order. A comma inside one, as in a password, stays."""
    return _BETWEEN.split(setting.strip().strip(","))


def parse(url: str) -> MailConfig:
    """Read a mail URL; raises ImproperlyConfigured, with a text that does not repeat the URL (it holds a password)."""
    most = BATCHES.get(_scheme(url).removeprefix("anymail+"), 1)
    try:
        parts = urlsplit(url)
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        port, host = parts.port, parts.hostname or ""
        connections = int(options.pop("connections", DEFAULT_CONNECTIONS))
        batch = int(options.pop("batch", DEFAULT_BATCH if most > 1 else 1))
        timeout = float(options.pop("timeout", DEFAULT_TIMEOUT))
        data_timeout = float(options.pop("data_timeout", max(DATA_TIMEOUT, timeout)))
        per_second = int(options.pop("per_second", 0))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"A mail URL is not readable: {type(error).__name__} in its port or options."
        ) from error
    scheme = _scheme(url)
    ca = options.pop("ca", "")
    if options:
        raise ImproperlyConfigured(f"A mail URL has unknown options: {', '.join(sorted(options))}.")
    if not 1 <= batch <= most:
        raise ImproperlyConfigured(f"In this mail URL, batch is 1 to {most}: so many mails are taken in one request.")
    if not (1 <= connections <= 64 and timeout > 0 and data_timeout > 0 and per_second >= 0):
        raise ImproperlyConfigured(
            "In a mail URL, connections is 1 to 64, timeouts are above 0 seconds, per_second is 0 (no limit) or more."
        )
    backend = _backend(scheme)
    if not backend and (scheme not in DEFAULT_PORTS or not host):
        raise ImproperlyConfigured(
            "A mail URL begins with smtp://host, smtps://host, smtp+tls://host, anymail+<provider>:// or "
            "backend+<dotted path>://."
        )
    return MailConfig(
        scheme=scheme,
        host="" if backend else host,
        port=0 if backend else port or DEFAULT_PORTS[scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ca=ca,
        backend=backend,
        connections=connections,
        batch=batch,
        timeout=timeout,
        data_timeout=data_timeout,
        per_second=per_second,
    )


def _scheme(url: str) -> str:
    # Not urlsplit's: it lowers the dotted path of a backend and refuses its underscores.
    scheme = url.partition("://")[0]
    return scheme if scheme.startswith(("backend+", "anymail+")) else scheme.lower()


def _backend(scheme: str) -> str:
    kind, _, name = scheme.partition("+")
    if kind == "anymail" and name in OWN_BACKENDS:
        return OWN_BACKENDS[name]
    if kind == "anymail" and name:
        return f"anymail.backends.{name}.EmailBackend"
    return name if kind == "backend" else ""
