"""AWS Signature Version 4 for requests with a body: what Amazon SES knows us by.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose request it is, and for what. `token` comes with temporary keys only."""

    key_id: str
    secret: str = field(repr=False)
    region: str
    service: str
    token: str = field(default="", repr=False)


def authorization(
    credentials: Credentials, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """The Authorization header. All `headers` are signed; they hold `host` and `x-amz-date` (of `now`, UTC)."""
    parts = urlsplit(url)
    lower = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(lower))
    canonical = "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/-_.~%"),
            "&".join(sorted(parts.query.split("&"))),
            *(f"{name}:{lower[name]}" for name in sorted(lower)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{now:%Y%m%d}/{credentials.region}/{credentials.service}/aws4_request"
    to_sign = "\n".join((ALGORITHM, stamp(now), scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"


def stamp(now: datetime) -> str:
    """A moment as `x-amz-date` has it."""
    return f"{now:%Y%m%dT%H%M%SZ}"


class SigV4(AuthBase):
    """Signs each request right before it leaves."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add date, token and signature."""
        # The signature is about this machine's wall clock, as TLS is; SES allows five minutes.
        now = datetime.now(UTC)
        url, body = request.url or "", request.body or b""
        signed = {"host": urlsplit(url).netloc, "x-amz-date": stamp(now)}
        if "Content-Type" in request.headers:
            signed["content-type"] = str(request.headers["Content-Type"])
        if self._credentials.token:
            signed["x-amz-security-token"] = self._credentials.token
        data = body.encode() if isinstance(body, str) else body
        made = authorization(self._credentials, request.method or "POST", url, signed, data, now)
        request.headers.update({name: value for name, value in signed.items() if name not in ("host", "content-type")})
        request.headers["Authorization"] = made
        return request
