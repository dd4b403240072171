"""A message to many readers: its finished content per class of reader. It knows no incident."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    """A way to reach a contact."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"


class MessageState(models.TextChoices):
    """Where the sending of a message stands."""

    SENDING = "sending"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions about many messages."""

    def sending(self) -> MessageQuerySet:
        """Those the sender works on, the most urgent first."""
        return self.filter(state=MessageState.SENDING).order_by("priority", "id")

    def in_thread(self, thread_key: str) -> MessageQuerySet:
        """Everything sent under one subject matter, oldest first."""
        return self.filter(thread_key=thread_key).order_by("id")


class Message(models.Model):
    """One send. Written in the transaction that froze its audience; only `state` moves afterwards.

    `thread_key` groups the messages a reader sees as one conversation, such as "INC-42". `link_purpose` is both
    the purpose of the signed link behind `[[progress_url]]` and the name of the URL that opens it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    thread_key = models.CharField(max_length=80)
    kind = models.CharField(max_length=16)
    priority = models.PositiveSmallIntegerField(help_text="The lower, the earlier.")
    is_drill = models.BooleanField(default=False)
    from_address = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)
    link_purpose = models.CharField(max_length=40)
    link_expires_at = models.DateTimeField()
    created_at = models.DateTimeField(help_text="Also the Date of every e-mail, on every attempt.")
    created_by_name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.SENDING)
    state_reason = models.CharField(max_length=300, blank=True)
    state_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["thread_key", "id"], name="message_by_thread"),
            # Read by the sender, several times a second: what is being sent?
            models.Index(fields=["priority", "id"], condition=Q(state="sending"), name="message_being_sent"),
            # Read by the room and the deliveries page: what waits for a person?
            models.Index(fields=["id"], condition=Q(state="paused"), name="message_paused"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_key} {self.kind} ({self.state})"


class MessageContent(models.Model):
    """What one class of reader gets: finished text with patch tokens such as `[[progress_url]]`."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="contents")
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)
    channel = models.CharField(max_length=8, choices=Channel)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "language", "time_zone", "channel"], name="content_once_per_class_of_reader"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.language}, {self.time_zone})"
