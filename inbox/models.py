"""What a person is told, and what they want to be told of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from notifications.base.models import AbstractNotification

from core.ids import new_id


class Notice(AbstractNotification):
    """One line in someone's bell: the notifications library's model with what we need beside it.

    `verb` is the notice's kind ("feed.mentioned"), `actor` the last person who did it, `target` the thread or place,
    `action_object` the row it is about. No text of people is stored in it: the line is drawn from rows that the reader
    may see now.
    """

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # The audience of what it is about: access lost there deletes it. Null for what concerns the person alone.
    audience = models.ForeignKey("core.Audience", on_delete=models.CASCADE, null=True, related_name="+")
    # Unread notices with the same key are one line that counts ("Lotte and 4 others …").
    bundle = models.CharField(max_length=80)
    # How many happenings it stands for.
    count = models.PositiveIntegerField(default=1)
    # The last event told in it: an event is never told twice.
    event = models.ForeignKey("core.Event", on_delete=models.SET_NULL, null=True, related_name="+")
    # When it was read.
    read_at = models.DateTimeField(null=True)

    class Meta(AbstractNotification.Meta):
        abstract = False
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_recipient"),
            models.Index(fields=["recipient"], condition=Q(unread=True), name="notice_unread"),
            models.Index(fields=["recipient", "audience"], name="notice_audience"),
            models.Index(fields=["target_content_type", "target_object_id"], name="notice_target"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "bundle"], condition=Q(unread=True), name="one_unread_line_per_bundle"
            )
        ]


class Watch(models.Model):
    """What one person wants to hear of one thread, group or page: more than usual, or nothing."""

    class Level(models.TextChoices):
        FOLLOW = "follow", pgettext_lazy("state", "Following")
        MUTE = "mute", _("Muted")

    # Whose wish.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # About what: the kind and key of a Content row.
    kind = models.CharField(max_length=40)
    object_pk = models.BigIntegerField()
    # The audience of it: access lost there deletes the wish.
    audience = models.ForeignKey("core.Audience", on_delete=models.CASCADE, null=True, related_name="+")
    # Which wish.
    level = models.CharField(max_length=6, choices=Level, default=Level.FOLLOW)
    # Since when.
    at = models.DateTimeField(default=timezone.now)
    # Muted only until then, when it comes back as a notice; null for as long as they wish.
    until = models.DateTimeField(null=True)
    # Which wish holds again afterwards; empty for the usual.
    then = models.CharField(max_length=6, choices=Level, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "object_pk"], name="one_watch")]
        indexes = [
            models.Index(fields=["kind", "object_pk", "level"], name="watch_object"),
            models.Index(fields=["person", "audience"], name="watch_person"),
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="watch_until"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.level} {self.kind}:{self.object_pk}"


class Preference(models.Model):
    """Whether one person is told of one kind of happening on one channel; no row means the default."""

    class Channel(models.TextChoices):
        BELL = "bell", _("In Kring")
        MAIL = "mail", _("By mail")
        PUSH = "push", pgettext_lazy("message to a device", "Push")

    # Whose.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The notice's kind: "feed.mentioned".
    verb = models.CharField(max_length=64)
    # Where.
    channel = models.CharField(max_length=4, choices=Channel)
    # Yes or no.
    wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "verb", "channel"], name="one_preference")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.verb} {self.channel} {self.wanted}"


class Device(models.Model):
    """A browser on a device that asked to be told even while no page is open (Web Push, RFC 8030)."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Where the maker of the browser takes messages for it: a secret that is shown to nobody.
    endpoint = models.TextField()
    # SHA-256 of that: a browser belongs to who signed in there last.
    digest = models.CharField(max_length=64, unique=True)
    # With which only that browser reads what it is sent (RFC 8291): its public key, and a shared secret.
    key = models.CharField(max_length=100)
    secret = models.CharField(max_length=40)
    # What it calls itself: "Mozilla/5.0 …".
    agent = models.CharField(max_length=300, blank=True)
    # The signing-in that it belongs to, as digests: its session, and what a session proves.
    session = models.CharField(max_length=64, blank=True)
    proof = models.CharField(max_length=64)
    # When that signing-in ends by itself.
    until = models.DateTimeField()
    # Since when, and when the browser was last here or was last reached.
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)
    # How often in a row a message to it was refused.
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["person"], name="device_person"),
            models.Index(fields=["session"], name="device_session"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.person_id}"


class Delivery(models.Model):
    """One happening that one person shall be told of on one channel outside the network.

    The row is the key against telling twice, and where it was refused for good the only trace of that; what was
    delivered is forgotten after some days.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    # Random: a mail's Message-ID is made of it, so that a mail that is sent again is known to be the same.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What happened.
    event = models.ForeignKey("core.Event", on_delete=models.CASCADE, related_name="+")
    # Who is told.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Where.
    channel = models.CharField(max_length=4, choices=Preference.Channel)
    # The notice's kind: "feed.announced".
    verb = models.CharField(max_length=64)
    # About what: the kind and key of a Content row.
    object_kind = models.CharField(max_length=40)
    object_pk = models.BigIntegerField()
    # How it stands.
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    # Not before this moment (while it is sent, the end of the worker's lease), and how often it was tried.
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person", "channel"], name="one_delivery")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["object_kind", "object_pk"], condition=Q(state="failed"), name="delivery_failed"),
            models.Index(fields=["person"], condition=Q(state="waiting"), name="delivery_person"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} to {self.person_id} by {self.channel}: {self.state}"
