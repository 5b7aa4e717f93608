"""A person who leaves keeps no key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from core import worker
from core.events import listen
from core.models import Event, IdempotentReply
from integrations.models import ApiToken


@listen("people.member.deactivated")
def deactivated(event: Event, target: Any) -> None:
    """Every token of someone who left ends in the same transaction."""
    ApiToken.objects.filter(person=target, revoked_at=None).update(revoked_at=timezone.now())


def _forget_replies() -> None:
    """Answers to Idempotency-Keys are kept for a day."""
    IdempotentReply.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()


worker.every(timedelta(hours=1), "idempotent replies", _forget_replies)
