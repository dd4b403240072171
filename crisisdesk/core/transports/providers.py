"""What anymail does not say of the providers: which refusals are our own fault, and whose Message-ID readers see. Pure.

Postmark: https://postmarkapp.com/developer/api/overview#error-codes
Amazon SES: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
"""

from __future__ import annotations

from collections.abc import Mapping

from crisisdesk.core.transports.answers import Fault, Outcome

Judgement = tuple[Outcome, Fault, str, str]

# Sender not known or not confirmed, out of credits, waiting for approval, stream unknown: no mail would be taken.
POSTMARK_OURS = frozenset({400, 401, 405, 412, 413, 1235, 1236})
_SES_OURS = frozenset({"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"})
_SES_LATER = frozenset({"TooManyRequestsException", "LimitExceededException", "ThrottlingException"})
REFUSES_US = "The provider does not send for this account or sender."


def judge(provider: str, answered: object, headers: Mapping[str, str]) -> Judgement | None:
    """What the body of a refusal says beyond its HTTP status; None when that is all there is."""
    if not isinstance(answered, dict):
        return None
    if provider == "Postmark":
        code = answered.get("ErrorCode")
        if code in POSTMARK_OURS:
            return Outcome.BROKEN, Fault.POLICY, f"Postmark {code}", REFUSES_US
    if provider == "Amazon SES":
        return _judge_ses(headers.get("x-amzn-errortype", "").partition(":")[0], str(answered.get("message", "")))
    return None


def _judge_ses(kind: str, said: str) -> Judgement | None:
    if kind in _SES_OURS or (kind == "MessageRejected" and "not verified" in said):
        return Outcome.BROKEN, Fault.POLICY, kind[:24], REFUSES_US
    if kind in _SES_LATER:
        return Outcome.DEFERRED, Fault.THROTTLE, kind[:24], "The provider asks to come back later."
    if kind == "MessageRejected":
        return Outcome.REJECTED, Fault.CONTENT, kind, "The provider refuses the content of this mail."
    return None


def received_as(provider: str, provider_id: str, region: str = "") -> str:
    """The Message-ID that readers see where the provider replaces ours; empty where ours stands.

    SES always replaces it. Postmark keeps ours as it is told to (X-PM-KeepID), Mailgun takes it over.
    """
    if provider == "Amazon SES" and provider_id:
        # https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
        return f"<{provider_id}@{'email' if region == 'us-east-1' else region}.amazonses.com>"
    return ""
