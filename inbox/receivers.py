"""What the inbox does when others act: a person who leaves is told nothing more."""

from __future__ import annotations

from typing import Any

from core.events import listen
from core.models import Event
from inbox.actions import forget


@listen("people.member.deactivated")
def deactivated(event: Event, target: Any) -> None:
    """Notices and watches of someone who left go with them."""
    forget(person=target)
