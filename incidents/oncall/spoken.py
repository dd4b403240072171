"""What a call says: it reads twice, a key acknowledges, any other key reads again (TwiML)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from twilio.twiml.voice_response import VoiceResponse

from incidents.models import Attempt, Notification
from incidents.oncall.short import headline_of

KEY = "1"
LISTEN_SECONDS = 8
# The document travels with the request, where 4,000 characters are the limit; nobody listens that long anyway.
CHARACTERS = 320
_LINK = re.compile(r"\S+://\S+")
_REFERENCE = re.compile(r"\bINC-(\d+)")
_PHRASES = {
    "en": {
        "greeting": "This is {product}, the crisis desk, for {person}.",
        "drill": "This is an exercise.",
        "more": "And {n} more.",
        "key": "Press 1 to acknowledge. Press any other key to hear it again.",
        "thanks": "Thank you. It is acknowledged in your name.",
        "over": "Somebody has answered already. Thank you.",
        "refused": "Your role may not acknowledge this. Please call somebody who may.",
        "nobody": "Nothing was pressed. Somebody else will be told. Goodbye.",
        "code": "Your code for {product} is {digits}. Again: {digits}.",
    },
    "de": {
        "greeting": "Hier ist {product}, der Krisendienst, für {person}.",
        "drill": "Dies ist eine Übung.",
        "more": "Und {n} weitere.",
        "key": "Zum Bestätigen drücken Sie die 1. Jede andere Taste wiederholt die Nachricht.",
        "thanks": "Danke. Es ist in Ihrem Namen bestätigt.",
        "over": "Es hat schon jemand geantwortet. Danke.",
        "refused": "Ihre Rolle darf dies nicht bestätigen. Bitte rufen Sie jemanden an, der es darf.",
        "nobody": "Es wurde nichts gedrückt. Jemand anderes wird benachrichtigt. Auf Wiederhören.",
        "code": "Ihr Code für {product} ist {digits}. Noch einmal: {digits}.",
    },
    "fr": {
        "greeting": "Ici {product}, la cellule de crise, pour {person}.",
        "drill": "Ceci est un exercice.",
        "more": "Et {n} de plus.",
        "key": "Appuyez sur 1 pour confirmer. Toute autre touche répète le message.",
        "thanks": "Merci. C’est confirmé en votre nom.",
        "over": "Quelqu’un a déjà répondu. Merci.",
        "refused": "Votre rôle ne permet pas de confirmer. Appelez quelqu’un qui le peut.",
        "nobody": "Aucune touche n’a été pressée. Quelqu’un d’autre sera prévenu. Au revoir.",
        "code": "Votre code pour {product} est {digits}. Je répète : {digits}.",
    },
}


def page_document(attempt: Attempt, others: Sequence[Notification] = ()) -> str:
    """The call about a notification, and by number about those told in the same call."""
    call = VoiceResponse()
    key_url = f"{settings.BASE_URL}{reverse('staff_call_key')}?delivery={attempt.pk}"
    ears = call.gather(num_digits=1, timeout=LISTEN_SECONDS, action=key_url, method="POST")
    words = spoken_words(attempt.notification, len(others))
    for _ in range(2):
        ears.say(words, language=settings.STAFF_VOICE_LANGUAGE)
        ears.say(phrase("key"), language=settings.STAFF_VOICE_LANGUAGE)
        ears.pause(length=1)
    call.say(phrase("nobody"), language=settings.STAFF_VOICE_LANGUAGE)
    return str(call)


def said(name: str) -> str:
    """A document that says one phrase and hangs up."""
    call = VoiceResponse()
    call.say(phrase(name), language=settings.STAFF_VOICE_LANGUAGE)
    call.hangup()
    return str(call)


def code_document(code: str) -> str:
    """The call that reads a code, twice, digit by digit."""
    call = VoiceResponse()
    call.pause(length=1)
    digits = ", ".join(code)
    for _ in range(2):
        call.say(phrase("code", digits=digits), language=settings.STAFF_VOICE_LANGUAGE)
        call.pause(length=1)
    return str(call)


def spoken_words(notification: Notification, more: int = 0) -> str:
    """What is read: who is meant, what it is, where it stands. Links are left out, they cannot be heard."""
    incident = notification.incident
    parts = [
        phrase("greeting", person=str(notification.person)),
        phrase("drill") if notification.is_drill else "",
        f"{incident.severity}." if incident else "",
        _bounded(f"{headline_of(notification)}."),
        _bounded(_first_words(notification.body)),
        phrase("more", n=more) if more else "",
    ]
    return " ".join(part for part in parts if part)


def phrase(name: str, **values: object) -> str:
    """A fixed phrase in the language of STAFF_VOICE_LANGUAGE, else in English."""
    language = settings.STAFF_VOICE_LANGUAGE.partition("-")[0].lower()
    return _PHRASES.get(language, _PHRASES["en"])[name].format(product=settings.PRODUCT_NAME, **values)


def _first_words(body: str) -> str:
    return body.partition("\n\n")[0]


def _bounded(text: str) -> str:
    flat = " ".join(_REFERENCE.sub(r"incident \1", _LINK.sub("", text)).split())
    return flat if len(flat) <= CHARACTERS else f"{flat[:CHARACTERS]}…"
