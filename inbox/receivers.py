"""What the inbox does when others act: a person who leaves is told nothing more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from core.events import listen
from core.models import Event
from inbox import push
from inbox.actions import forget
from inbox.models import Device


@listen("people.member.deactivated")
def deactivated(event: Event, target: Any) -> None:
    """Notices and watches of someone who left go with them."""
    forget(person=target)


@listen("people.sessions.ended")
def signed_out_everywhere(event: Event, target: Any) -> None:
    """No device of theirs is theirs any more."""
    Device.objects.filter(person=event.target_pk).delete()


@receiver(user_logged_out, dispatch_uid="inbox.logged_out")
def logged_out(request: Any, **kwargs: Any) -> None:
    """Whoever logs out of a browser is told nothing there."""
    session = getattr(request, "session", None)
    if session is not None:
        push.forget_session(session.session_key or "")
