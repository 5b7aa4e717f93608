"""Players of videos that someone lets load by themselves: their own choice, and nobody else's to know."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import players
from core.events import record
from core.refusal import Refused
from feed.models import PlayerConsent


@transaction.atomic
def always(*, person: Any, host: str) -> None:
    """Let the players of a host load by themselves. Twice changes nothing.

    Raises:
        Refused: administrators do not allow players of that host.
    """
    if host not in players.hosts():
        raise Refused(_("Players of %(host)s are not allowed here.") % {"host": host}, status=422)
    if PlayerConsent.objects.get_or_create(person=person, host=host)[1]:
        record("feed.players.changed", actor=person, target=person)


@transaction.atomic
def ask_again(*, person: Any, host: str) -> None:
    """Let them load only when they are asked to. Twice changes nothing; a host that is no longer allowed can go too."""
    if PlayerConsent.objects.filter(person=person, host=host).delete()[0]:
        record("feed.players.changed", actor=person, target=person)
