"""A claimed delivery with what it is written from, and what becomes of one that cannot be written."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from django.core.exceptions import ImproperlyConfigured

from crisisdesk.core.engine.faults import place_of
from crisisdesk.core.transports import Answer, Envelope, Fault, Outcome
from crisisdesk.core.transports.addresses import UnusableAddress
from customers.delivery.claim import Claimed
from customers.delivery.short import CompiledSms
from customers.delivery.wire import Compiled

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed delivery and the compiled content it is written from."""

    claimed: Claimed
    compiled: Compiled | CompiledSms

    def envelope(self) -> Envelope:
        """The mail. Raises UnusableAddress."""
        made = self.compiled.envelope(self.claimed)
        return replace(made, way=self.claimed.way) if self.claimed.way else made


def poisoned(error: Exception, transport: str, *, has_begun: bool = False) -> Answer:
    """The answer to a mail that could not be written or sent; the others proceed."""
    if isinstance(error, UnusableAddress):
        return Answer(Outcome.REJECTED, "", str(error), transport, fault=Fault.ADDRESS)
    if isinstance(error, ImproperlyConfigured):
        logger.error("The transport cannot be used: %s", place_of(error))
        text = "The way out or the links are not configured completely; see the log."
        return Answer(Outcome.BROKEN, "", text, transport, fault=Fault.AUTHENTICATION)
    logger.error("A mail could not be written or sent: %s", place_of(error))
    outcome = Outcome.UNKNOWN if has_begun else Outcome.REJECTED
    return Answer(
        outcome, "", f"The mail could not be written ({type(error).__name__}).", transport, fault=Fault.CONTENT
    )
