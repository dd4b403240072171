"""Files beside a report: taken in with care, handed out as downloads only, never thrown away."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from django.conf import settings
from django.db import transaction

from crisisdesk.core.access import Act, require
from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import InvalidInput, WrongState
from postmortems.locking import locked, refuse_covered, write_down
from postmortems.models import Attachment, AttachmentContent, Postmortem

MOST = 30
LONGEST_NAME = 120


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(signatures)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: its media type, and whether bytes look like it."""

    content_type: str
    looks_like: Callable[[bytes], bool]


# By the ending of the name. Nothing that a browser or an office program would run.
KINDS = {
    "png": Kind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": Kind("image/jpeg", _begins(b"\xff\xd8\xff")),
    "gif": Kind("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "webp": Kind("image/webp", _is_webp),
    "pdf": Kind("application/pdf", _begins(b"%PDF-")),
    "txt": Kind("text/plain", _is_text),
    "log": Kind("text/plain", _is_text),
    "md": Kind("text/plain", _is_text),
    "csv": Kind("text/csv", _is_text),
    "json": Kind("application/json", _is_text),
}


def attach(postmortem: Postmortem, name: str, data: bytes, *, note: str = "", by: Actor, now: datetime) -> Attachment:
    """Keep a file beside the report. Raises NotAllowed, InvalidInput (kind, size, number)."""
    require(by, Act.EDIT_POSTMORTEM)
    name = clean_name(name)
    kind = _judge(name, data)
    with transaction.atomic():
        postmortem = locked(postmortem)
        refuse_covered(postmortem)
        if postmortem.attachments.present().count() >= MOST:
            raise InvalidInput({"file": f"The report has {MOST} files already; take one out first."})
        row = Attachment.objects.create(
            postmortem=postmortem,
            name=name,
            content_type=kind.content_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            note=note.strip()[:200],
            added_at=now,
            added_by_name=by.name,
        )
        AttachmentContent.objects.create(attachment=row, data=data)
        facts = {"attachment": row.pk, "name": name, "size": row.size, "sha256": row.sha256}
        write_down("attachment_added", postmortem, by=by, now=now, data=facts)
    return row


def take_out(attachment: Attachment, *, reason: str, by: Actor, now: datetime) -> Attachment:
    """Stop handing a file out; its row stays listed with who and why. Raises NotAllowed, WrongState, InvalidInput."""
    require(by, Act.EDIT_POSTMORTEM)
    if not reason.strip():
        raise InvalidInput({"reason": "Say why it is taken out."})
    with transaction.atomic():
        postmortem = locked(attachment.postmortem)
        row = Attachment.objects.select_for_update().get(pk=attachment.pk)
        if row.removed_at is not None:
            raise WrongState(f"{row.removed_by_name} took “{row.name}” out already.")
        row.removed_at, row.removed_by_name, row.removed_reason = now, by.name, reason.strip()[:300]
        row.save()
        facts = {"attachment": row.pk, "name": row.name, "reason": row.removed_reason}
        write_down("attachment_removed", postmortem, by=by, now=now, data=facts)
    return row


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, overrides of direction and what systems refuse in names."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
    kept = re.sub(r'[<>:"|?*%;/]+', "_", kept).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if stem else kept[:LONGEST_NAME]


def largest() -> int:
    """The largest file that is taken, in bytes."""
    return int(settings.ATTACHMENT_MAX_MB * 1_000_000)


def _judge(name: str, data: bytes) -> Kind:
    stem, _, ending = name.rpartition(".")
    kind = KINDS.get(ending.lower())
    if kind is None or not stem:
        raise InvalidInput({"file": f"Files of this kind are not taken. Use {', '.join(KINDS)}."})
    if not data:
        raise InvalidInput({"file": "The file is empty."})
    if len(data) > largest():
        size = f"{len(data) / 1_000_000:.1f}"
        raise InvalidInput({"file": f"The file has {size} MB; {settings.ATTACHMENT_MAX_MB:g} MB is the most."})
    if not kind.looks_like(data):
        raise InvalidInput({"file": f"What is in “{name}” is not what its name says. Save it anew and try again."})
    return kind
