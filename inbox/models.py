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
