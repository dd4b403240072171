"""The reference of S1 and S2: Postfix's smtp-source into smtp-sink, ten kept-open connections, mails of 4 KB."""

from __future__ import annotations

import subprocess
import time
from urllib.parse import urlsplit

from benchmarks.mailing import CONNECTIONS
from benchmarks.result import say
from tests.plugins.system import find_program

MAILS = 50_000
SIZE = 4096


def reference_rate(mail_url: str) -> float:
    """Mails per second that smtp-source hands over to the server behind the URL."""
    source = find_program("smtp-source")
    if source is None:
        raise SystemExit("This benchmark needs smtp-source (Debian: apt-get install postfix, or scripts/bootstrap).")
    where = f"127.0.0.1:{urlsplit(mail_url).port}"
    options = ["-d", "-s", str(CONNECTIONS), "-m", str(MAILS), "-l", str(SIZE)]
    began = time.monotonic()
    subprocess.run([source, *options, "-f", "desk@status.example", "-t", "reader@customer.example", where], check=True)
    rate = MAILS / (time.monotonic() - began)
    say(f"smtp-source: {rate:,.0f}/s")
    return rate
