"""What people do when others act."""

from __future__ import annotations

from datetime import timedelta

from core import worker
from core.events import later
from core.models import Event
from people import actions, letters
from people.models import Invitation

worker.every(timedelta(minutes=1), "guests whose time is over", actions.expire_guests)
worker.every(timedelta(hours=6), "unfinished sign-ups", actions.drop_unfinished)


@later("people.invitation.sent")
def write_letter(event: Event) -> None:
    """Send the letter of an invitation; the worker tries again when the mail server does not answer."""
    letter = Invitation.objects.select_related("invited_by").filter(pk=event.target_pk or 0).first()
    if letter is not None and letter.is_open:
        letters.invitation(letter)
