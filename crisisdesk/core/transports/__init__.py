"""The ways out: what a transport is given, and what it answers.

answers   outcomes and faults, and what an SMTP reply means (pure)
envelope  one mail for one recipient
config    a mail URL -> which transport, how many connections, which limits
smtp      plain SMTP over kept-open connections, with verified TLS
backend   any Django e-mail backend, anymail's providers among them
providers whose fault a provider's refusal is, and whose Message-ID readers see (pure)
ses       Amazon SES for anymail, with sigv4, the signature of its requests
fuse      whether one way out of a list may be tried now
failover  several ways out in order
opening   `open_transport("customers")`
"""

from crisisdesk.core.transports.answers import Answer, Fault, Outcome
from crisisdesk.core.transports.envelope import Envelope, MailTransport
from crisisdesk.core.transports.opening import open_transport

__all__ = ["Answer", "Envelope", "Fault", "MailTransport", "Outcome", "open_transport"]
