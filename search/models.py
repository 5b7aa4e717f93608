"""The outbox of the index."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone


def new_stamp() -> int:
    """A number that no other change has."""
    return secrets.randbits(62)


class Pending(models.Model):
    """A row of content whose place in the index is to be looked at: written in the transaction that changed it.

    It says only *which* row. The indexer reads what the row is by then, so that ten changes cost one look.
    """

    # The kind of content, and its internal key.
    kind = models.CharField(max_length=40)
    object_pk = models.BigIntegerField()
    # New with every change: the indexer takes away only the stamps it has seen, so that no later change is lost.
    stamp = models.BigIntegerField(default=new_stamp)
    # Since when it waits.
    enqueued_at = models.DateTimeField(default=timezone.now)
    # How often it could not be prepared.
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_pk"], name="one_pending")]
        indexes = [models.Index(fields=["stamp"], name="pending_stamp")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_pk}"
