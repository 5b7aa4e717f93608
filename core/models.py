"""The ground: audiences, who is in them, and everything that has happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.ids import new_id


class Audience(models.Model):
    """Who may see: everyone, a group's members, a conversation's people, one person."""

    class Kind(models.TextChoices):
        EVERYONE = "everyone"
        GROUP = "group"
        CONVERSATION = "conversation"
        PERSON = "person"

    # What it is the audience of.
    kind = models.CharField(max_length=12, choices=Kind)
    # Every employee (never a guest) may read it: the whole company, a public group.
    open = models.BooleanField(default=False)
    # Number of the last thing said there: unread = seq - my mark.
    seq = models.PositiveBigIntegerField(default=0)
    # When something was last said there: lists order by it.
    last_at = models.DateTimeField(null=True)
    # Name of its live topic: random, so that a topic tells nothing.
    topic = models.CharField(max_length=16, default=new_id, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="everyone"), name="one_everyone"),
        ]
        indexes = [models.Index(fields=["open"], condition=models.Q(open=True), name="audience_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Access(models.Model):
    """One person in one audience: the one table of who may see. Groups and conversations write it."""

    # Which audience.
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="access")
    # Who is in it.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access")
    # History from here on; null for all of it.
    since = models.DateTimeField(null=True)
    # My mark: the number of the last thing I have seen there.
    read_seq = models.PositiveBigIntegerField(default=0)
    # When I last moved the mark.
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "person"], name="one_access")]
        indexes = [models.Index(fields=["person", "audience", "since"], name="access_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.audience_id}"


class Event(models.Model):
    """Something that happened. The audit log, and the outbox of its consequences.

    Written by `core.events.record` in the transaction of the act itself. It carries ids and names of rules, never the
    text that people wrote.
    """

    # "room.noun.pasttense", declared by the speaker.
    verb = models.CharField(max_length=64)
    # Who did it; null for the system.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # The kind and key of what it was done to.
    target_kind = models.CharField(max_length=40, blank=True)
    target_pk = models.BigIntegerField(null=True)
    # The audience that the target belonged to at that moment.
    audience = models.ForeignKey(Audience, on_delete=models.SET_NULL, null=True, related_name="+")
    # Details: ids, counts, choices.
    data = models.JSONField(default=dict)
    # When.
    at = models.DateTimeField(default=timezone.now)
    # Still has consequences to run in the worker.
    pending = models.BooleanField(default=False)
    # How often the worker has tried.
    attempts = models.PositiveSmallIntegerField(default=0)
    # Not to be tried before this moment (the lease while running, the back-off after a failure).
    due_at = models.DateTimeField(null=True)
    # The class of the last failure, for the administrator.
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(pending=True), name="event_outbox"),
            models.Index(fields=["target_kind", "target_pk", "id"], name="event_target"),
            models.Index(fields=["verb", "id"], name="event_verb"),
            models.Index(fields=["at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_kind}:{self.target_pk}"


class IdempotentReply(models.Model):
    """The first answer to a request with an Idempotency-Key, kept for a day and given again to a repeat."""

    # Whose key: a key means nothing to anyone else.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The client's key.
    key = models.CharField(max_length=100)
    # SHA-256 of method, path and body: the same key with another request is refused.
    fingerprint = models.CharField(max_length=64)
    # The answer: status, and the body as it was sent (empty while the first request still runs).
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    # When the first request came.
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_reply_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.person_id}"


class Beat(models.Model):
    """When something last happened by the clock: jobs, and the worker's own sign of life."""

    # The job.
    name = models.CharField(max_length=60, primary_key=True)
    # When it last ran.
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at}"
