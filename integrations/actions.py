"""Keys to the API."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import limits
from core.events import record
from core.text import clean
from integrations.models import ApiToken

#: Begins every token, so that a leaked one can be recognised.
PREFIX = "kring_"


@transaction.atomic
def make_token(*, person: Any, name: str = "", read_only: bool = False) -> tuple[ApiToken, str]:
    """A new key for a person.

    Returns:
        The row, and the token itself, which is kept nowhere.

    Raises:
        ValidationError: the person has too many keys already.
    """
    mine = ApiToken.objects.filter(person=person, revoked_at=None)
    limits.check(limits.API_TOKENS_PER_PERSON, mine.count() + 1)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        person=person, token_hash=_hash(token), name=clean(name, multiline=False)[:80], read_only=read_only
    )
    record("integrations.token.made", actor=person, target=row, read_only=read_only)
    return row, token


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Any) -> None:
    """Take a key back."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("integrations.token.revoked", actor=by, target=token)


def holder_of(token: str) -> ApiToken | None:
    """The key that a request carries, with its person, if both are in use.

    Security door: a deactivated or expired person's key opens nothing, whatever the table of keys says.
    """
    if not token.startswith(PREFIX):
        return None
    row = ApiToken.objects.select_related("person").filter(token_hash=_hash(token), revoked_at=None).first()
    if row is None or not row.person.is_active or row.person.is_expired:
        return None
    now = timezone.now()
    if row.used_at is None or now - row.used_at > timedelta(hours=1):
        ApiToken.objects.filter(pk=row.pk).update(used_at=now)
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
