"""Who may post in whose name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from people.models.person import User


class Delegation(models.Model):
    """One person lets another post and answer in their name.

    Whether it holds now is asked of `people.delegating`, never of the row alone. There are no chains: who may post for
    someone gives that to nobody else.
    """

    # In whose name.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations", db_index=False)
    # Who writes.
    delegate = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The last day of it; null for no end.
    until = models.DateField(null=True)
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "delegate"], name="one_delegation"),
            models.CheckConstraint(condition=~Q(person=models.F("delegate")), name="no_delegation_to_self"),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_id} for {self.person_id}"
