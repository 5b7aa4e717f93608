"""How people stand to one another: whom they follow, and of whom they want to hear nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models.person import User


class Follow(models.Model):
    """One person reads another in their Following feed."""

    # Who follows.
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following")
    # Whom.
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followers")
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="one_follow"),
            models.CheckConstraint(condition=~Q(follower=models.F("followed")), name="no_follow_of_self"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed_id}"


class Silence(models.Model):
    """One person wants to hear nothing of another, who is never told.

    Muted: no notices of what they do, and what they say is folded away. Blocked: that, and they reach the person in no
    way: their mentions, reactions and invitations are not told, and they see no sign of whether the person is here.
    """

    class Level(models.TextChoices):
        MUTE = "mute", _("Muted")
        BLOCK = "block", _("Blocked")

    # Who wants to hear nothing.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="silences")
    # Of whom.
    of = models.ForeignKey(User, on_delete=models.CASCADE, related_name="silenced_by")
    # How much of it.
    level = models.CharField(max_length=5, choices=Level, default=Level.MUTE)
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "of"], name="one_silence"),
            models.CheckConstraint(condition=~Q(person=models.F("of")), name="no_silence_of_self"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} wants to hear nothing of {self.of_id}"
