"""Lists of people that one keeps for oneself: favourites, and others with a name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.ids import new_id
from people.models.person import User


class ContactList(models.Model):
    """A list that nobody but its owner sees, and of which nobody in it is told."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose.
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contact_lists")
    # What it is called; empty for the favourites, of which everyone has one.
    name = models.CharField(max_length=60, blank=True)
    # When it was begun.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(name=""), name="one_list_of_favourites"),
            models.UniqueConstraint(fields=["owner", "name"], name="one_list_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name or "favourites"

    def get_absolute_url(self) -> str:
        return reverse("people:contact_list", args=[self.public_id])


class Contact(models.Model):
    """Someone in a list."""

    # In which.
    list = models.ForeignKey(ContactList, on_delete=models.CASCADE, related_name="contacts")
    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "person"], name="one_contact")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.list_id}"
