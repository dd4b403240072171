"""An SMS as text: compiled once for each class of reader, patched for each recipient."""

from __future__ import annotations

import re

from crisisdesk.core.transports import Envelope
from customers import links
from customers.delivery.mime import clean_line, clean_text
from customers.delivery.rendered import Token
from customers.delivery.wire import Recipient
from customers.models import Message, MessageContent

_TOKEN = re.compile(r"\[\[(" + "|".join(Token.values) + r")\]\]")


class CompiledSms:
    """One content of one message, ready to be patched. Thread-safe: nothing changes after it is made."""

    def __init__(self, message: Message, content: MessageContent) -> None:
        """Raises NoReverseMatch when a link has no page."""
        self.message = message
        self._text = clean_text(content.text).strip()
        self._progress = links.address(message.link_purpose, "TOKEN").split("TOKEN")
        self._preferences = links.address(links.PREFERENCES, "TOKEN").split("TOKEN")

    def envelope(self, reader: Recipient) -> Envelope:
        """The SMS for one reader."""
        text = _TOKEN.sub(lambda match: self._value(match[1], reader), self._text)
        return Envelope("", reader.address, text.encode(), reader.mail_id, reference=str(reader.delivery_id))

    def _value(self, token: str, reader: Recipient) -> str:
        message = self.message
        expires_at = message.link_expires_at
        match token:
            case Token.PROGRESS_URL:
                thread = message.thread_key
                made = links.make_for(message.link_purpose, reader.contact_id, reader.link_version, thread, expires_at)
                return made.join(self._progress)
            case Token.PREFERENCES_URL:
                # As in mail: the link of a drill opens nothing.
                aim = links.DRILL if message.is_drill else links.PREFERENCES
                made = links.make_for(aim, reader.contact_id, reader.link_version, "", expires_at)
                return made.join(self._preferences)
            case Token.ANSWER_URL:
                aim = links.DRILL if message.is_drill else links.ANSWER
                made = links.make_for(aim, reader.contact_id, reader.link_version, message.thread_key, expires_at)
                return links.address(links.ANSWER, made)
            case Token.CONTACT_NAME:
                return clean_line(reader.name)
            case _:
                return clean_line(reader.customer_name)
