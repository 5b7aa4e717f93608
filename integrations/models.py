"""Keys to the API, and what an import brings for rooms to come."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.ids import new_id


class ApiToken(models.Model):
    """A bearer token of one person; it can do what they can do, or only read."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # SHA-256 of the token; the token itself is shown once.
    token_hash = models.CharField(max_length=64, unique=True)
    # What it is for, in their words.
    name = models.CharField(max_length=80, blank=True)
    # Cannot write.
    read_only = models.BooleanField(default=False)
    # Made, last used (to the hour), taken back.
    at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name or self.public_id


class ImportedConversation(models.Model):
    """A private conversation of an export, kept whole for the room of chat. Only its people are in its audience."""

    # "yammer:thread:129856041": where it was found.
    origin = models.CharField(max_length=120, unique=True)
    # Its people, as `core.Access` of this audience.
    audience = models.OneToOneField("core.Audience", on_delete=models.PROTECT, related_name="+")
    # What the source called it; empty for a conversation of two.
    name = models.CharField(max_length=200, blank=True)
    # First and last message.
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.origin


class ImportedMessage(models.Model):
    """A message of such a conversation, with everything the source said of it."""

    # "yammer:message:129856041".
    origin = models.CharField(max_length=120, unique=True)
    # Its conversation.
    conversation = models.ForeignKey(ImportedConversation, on_delete=models.CASCADE, related_name="messages")
    # Its number there, from 1, in the order of the source.
    seq = models.PositiveBigIntegerField()
    # Who said it.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # What, in our Markdown.
    body = models.TextField(blank=True)
    # When.
    created_at = models.DateTimeField()
    # The source's own row or object, complete.
    source = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="imported_order")]

    def __str__(self) -> str:
        return self.origin
