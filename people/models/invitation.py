"""Letters that let an address sign up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from core.ids import new_id
from people.models.person import User


def _in_two_weeks() -> datetime:
    return timezone.now() + timedelta(days=14)


class Invitation(models.Model):
    """A letter that lets one address sign up, and by whom it was sent.

    The secret in its link is our signature of `public_id`, so no row, backup or log holds it.
    """

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # To whom; only this address can use it.
    email = models.EmailField()
    # Who invites; the invitation dies with their account.
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Comes as a guest.
    as_guest = models.BooleanField(default=False)
    # Until when a guest may stay.
    guest_until = models.DateTimeField(null=True)
    # Sent on behalf of a place (a group), which must still stand behind it when it is used.
    for_place = models.BooleanField(default=False)
    # Good until.
    expires_at = models.DateTimeField(default=_in_two_weeks)
    # Sent.
    at = models.DateTimeField(default=timezone.now)
    # Who came with it, and when; used once.
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    # Taken back.
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["email"], name="invitation_email")]

    def __str__(self) -> str:
        return f"to {self.email}"

    @property
    def is_open(self) -> bool:
        """Whether it was neither used nor taken back, is in time, and its inviter is still here."""
        return (
            self.accepted_at is None
            and self.revoked_at is None
            and self.expires_at > timezone.now()
            and self.invited_by.is_active
        )
