"""Providers of the tests' own: servers like the documented APIs of Postmark, Mailgun, Resend, SES and Twilio.

They check each request as the provider would, hand out ids, and fail as they are told. `mails` are
those taken in lists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

DROP = 0
"""Instead of a status: take the request and hang up without an answer."""
HANG = -1
"""Take the request and answer nothing until the server ends."""
FAIL_AFTER = 599
"""Take the mail, then answer 500."""

Reply = tuple[int, dict[str, Any]]


@dataclass
class Request:
    """A request as it arrived. `form` is the JSON body or the fields of a form."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, Any]
    body: bytes = b""


@dataclass
class Provider:
    """A server on a free port of 127.0.0.1. `rule` says how to fail, given the number of the request from 1."""

    answer: Callable[[Provider, Request], Reply]
    rule: Callable[[int], int | None] = lambda number: None
    taken: list[Request] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    requests: int = 0
    retry_after: str = "1"

    def __enter__(self) -> Provider:
        self._lock, self._ended = Lock(), Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                provider._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        form = _form(headers.get("content-type", ""), body)
        request = Request(handler.command, handler.path, headers, form, body)
        with self._lock:
            self.requests += 1
            fault = self.rule(self.requests)
        if fault == HANG:
            self._ended.wait(30)
        if fault in (DROP, HANG):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        if fault and fault != FAIL_AFTER:
            status, answered = fault, {"message": "as told", "Message": "as told", "ErrorCode": 0}
        else:
            status, answered = self.answer(self, request)
            with self._lock:
                if status < 300:
                    self.taken.append(request)
                else:
                    self.refused.append(json.dumps(answered))
            status = 500 if fault == FAIL_AFTER else status
        self._say(handler, status, answered)

    def _say(self, handler: BaseHTTPRequestHandler, status: int, answered: dict[str, Any]) -> None:
        more = answered.pop("headers", {})
        content = json.dumps(answered.get("list", answered)).encode()
        try:
            handler.send_response(status)
            for name, value in more.items():
                handler.send_header(name, value)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(content)))
            if status == 429:
                handler.send_header("Retry-After", self.retry_after)
            handler.end_headers()
            handler.wfile.write(content)
        except OSError:
            return


def _form(kind: str, body: bytes) -> dict[str, Any]:
    if kind.startswith("application/json"):
        read = json.loads(body)
        return {"batch": read} if isinstance(read, list) else dict(read)
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode()))
    if kind.startswith("multipart/form-data"):
        parsed = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=policy.HTTP)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
            for part in parsed.iter_parts()
        }
    return {}


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def postmark(provider: Provider, request: Request) -> Reply:
    """https://postmarkapp.com/developer/api/email-api: one mail to POST /email, the token in a header."""
    if request.headers.get("x-postmark-server-token") != "postmark-token":
        return 401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."}
    if request.path == "/email/batch":
        return _postmark_batch(provider, request)
    form = request.form
    if request.path != "/email":
        return 404, {"ErrorCode": 0, "Message": f"no such path {request.path}"}
    if not (form.get("From") and form.get("To") and form.get("TextBody")):
        return 422, {"ErrorCode": 300, "Message": "Invalid email request"}
    if form["To"].count("@") > 50:
        return 422, {"ErrorCode": 300, "Message": "Too many recipients in To; the limit is 50."}
    if len(form["TextBody"]) > 5 * 2**20 or len(form.get("HtmlBody", "")) > 5 * 2**20 or len(request.body) > 10 * 2**20:
        return 413, {"ErrorCode": 0, "Message": "Request too large."}
    if any(len(str(value)) > 80 for value in form.get("Metadata", {}).values()):
        return 422, {"ErrorCode": 300, "Message": "Invalid metadata content."}
    if "unconfirmed@" in form["From"]:
        return 422, {"ErrorCode": 400, "Message": "The 'From' address you supplied is not a Sender Signature."}
    if "gone@" in form["To"]:
        said = "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
        return 422, {"ErrorCode": 406, "Message": f"{said}gone@acme.example. Inactive recipients are ones that"}
    if "odd@" in form["To"]:
        return 422, {"ErrorCode": 406, "Message": "worded in a new way"}
    number = len(provider.taken) + 1
    given = f"b7bc2f4a-e38e-4336-af7d-{number:012d}"
    return 200, {"To": form["To"], "MessageID": given, "ErrorCode": 0, "Message": "OK"}


def _postmark_batch(provider: Provider, request: Request) -> Reply:
    mails = request.form["batch"]
    if len(mails) > 500 or len(request.body) > 50 * 2**20:
        return 422, {"ErrorCode": 300, "Message": "Too many messages in one request."}
    rows = []
    for mail in mails:
        single = Request(request.method, "/email", request.headers, mail)
        status, answered = postmark(provider, single)
        if status == 200:
            answered["MessageID"] = f"b7bc2f4a-e38e-4336-b000-{len(provider.mails) + 1:012d}"
            provider.mails.append(mail)
        rows.append(answered)
    return 200, {"list": rows}


def mailgun(provider: Provider, request: Request) -> Reply:
    """https://documentation.mailgun.com: a form to POST /v3/<domain>/messages, basic auth api:<key>."""
    if request.headers.get("authorization") != _basic("api", "mailgun-key"):
        return 401, {"message": "Forbidden"}
    if request.path != "/v3/status.example.com/messages":
        return 404, {"message": f"no such path {request.path}"}
    if not all(request.form.get(name) for name in ("from", "to", "subject", "text")):
        return 400, {"message": "parameters are missing"}
    if request.form["to"].count("@") > 1000:
        return 400, {"message": "to parameter has more than 1000 recipients"}
    if len(request.body) > 25 * 2**20:
        return 413, {"message": "Request Entity Too Large"}
    given = request.form.get("h:Message-ID") or request.form.get("h:Message-Id") or f"<{len(provider.taken)}@mg>"
    return 200, {"id": given, "message": "Queued. Thank you."}


def resend(provider: Provider, request: Request) -> Reply:
    """https://resend.com/docs/api-reference/emails/send-email: JSON to POST /emails, a bearer token."""
    if request.headers.get("authorization") != "Bearer resend-key":
        return 401, {"statusCode": 401, "name": "missing_api_key", "message": "Missing API key"}
    if request.path == "/emails/batch":
        mails = request.form["batch"]
        if not 1 <= len(mails) <= 100:
            return 422, {"statusCode": 422, "name": "validation_error", "message": "1 to 100 emails."}
        if not all(mail.get(name) for mail in mails for name in ("from", "to", "subject")):
            return 422, {"statusCode": 422, "name": "missing_required_field", "message": "Missing field"}
        if any("odd@" in str(mail["to"]) for mail in mails):
            return 422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}
        first = len(provider.mails) + 1
        provider.mails += mails
        numbers = range(first, first + len(mails))
        return 200, {"data": [{"id": f"49a3999c-0ce1-4ea6-ab68-{number:012d}"} for number in numbers]}
    if "odd@" in str(request.form.get("to")):
        return 422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}
    if request.path != "/emails":
        return 404, {"statusCode": 404, "message": f"no such path {request.path}"}
    if not all(request.form.get(name) for name in ("from", "to", "subject")):
        return 422, {"statusCode": 422, "name": "missing_required_field", "message": "Missing field"}
    return 200, {"id": f"49a3999c-0ce1-4ea6-ab68-{len(provider.taken) + 1:012d}"}


SES_KEY, SES_SECRET, SES_REGION = "AKIDEXAMPLE", "ses-secret", "eu-central-1"


def amazon_ses(provider: Provider, request: Request) -> Reply:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html: signed JSON, raw MIME inside.

    `form["raw"]` of a taken request holds the MIME as text.
    """

    def refuse(status: int, kind: str, said: str) -> Reply:
        return status, {"message": said, "headers": {"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/"}}

    if request.path != "/v2/email/outbound-emails":
        return refuse(404, "NotFoundException", f"no such path {request.path}")
    if request.headers.get("authorization") != _aws_signature(request):
        return refuse(403, "InvalidSignatureException", "The request signature does not match.")
    form = request.form
    if len(request.body) > 40 * 2**20:
        return refuse(413, "RequestTooLarge", "Request too large.")
    recipients = [one for several in form.get("Destination", {}).values() for one in several]
    if not 1 <= len(recipients) <= 50:
        return refuse(400, "BadRequestException", "Recipient count is 1 to 50.")
    if not all(one.isascii() for one in recipients):
        return refuse(400, "BadRequestException", "Local address contains control or non-ASCII characters.")
    form["raw"] = base64.b64decode(form["Content"]["Raw"]["Data"], validate=True).decode()
    if "unconfirmed@" in form["FromEmailAddress"]:
        return refuse(400, "MessageRejected", "Email address is not verified. The following identities failed.")
    if "paused@" in form["FromEmailAddress"]:
        return refuse(400, "SendingPausedException", "Sending is paused for this account.")
    if "too-fast@" in recipients[0]:
        return refuse(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    return 200, {"MessageId": f"010701805a2f0f2e-4718d6c3-8547-4f89-a995-{len(provider.taken) + 1:012d}-000000"}


def _aws_signature(request: Request) -> str:
    """What the Authorization header has to be, worked out from the request as it arrived."""
    given = request.headers.get("authorization", "")
    signed = given.partition("SignedHeaders=")[2].partition(",")[0]
    if not {"host", "x-amz-date", "content-type"} <= set(signed.split(";")):
        return "unsigned"
    moment = request.headers["x-amz-date"]
    lines = [f"{name}:{request.headers[name]}" for name in signed.split(";")]
    asked = [request.method, request.path, "", *lines, "", signed, hashlib.sha256(request.body).hexdigest()]
    scope = f"{moment[:8]}/{SES_REGION}/ses/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256("\n".join(asked).encode()).hexdigest()])
    key = b"AWS4" + SES_SECRET.encode()
    for part in (moment[:8], SES_REGION, "ses", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return f"AWS4-HMAC-SHA256 Credential={SES_KEY}/{scope}, SignedHeaders={signed}, Signature={key.hex()}"


ACCOUNT, TOKEN = "AC" + "0" * 32, "twilio-token"


def twilio(provider: Provider, request: Request) -> Reply:
    """https://www.twilio.com/docs/messaging/api/message-resource: a form, basic auth <account>:<token>."""
    if request.headers.get("authorization") != _basic(ACCOUNT, TOKEN):
        return 401, {"code": 20003, "message": "Authenticate", "status": 401}
    form = request.form
    if request.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
        return 404, {"code": 20404, "message": f"no such path {request.path}", "status": 404}
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return 400, {"code": 21603, "message": "A 'From' phone number is required.", "status": 400}
    if not form.get("Body"):
        return 400, {"code": 21602, "message": "Message body is required.", "status": 400}
    number = form.get("To", "")
    if number.endswith("0000"):
        return 400, {"code": 21211, "message": f"The 'To' number {number} is not a valid phone number.", "status": 400}
    if number.endswith("1111"):
        return 400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}
    sid = f"SM{len(provider.taken) + 1:032x}"
    return 201, {"sid": sid, "status": "queued", "to": number, "error_code": None, "error_message": None}
