"""What a profile says besides what every profile says: fields that the administrators define."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from core.prepared import Prepared
from people.models.person import User

#: Lines of every profile of which administrators choose who sees them, and who does where they have not chosen. The
#: others (name, title, department, place, manager) are what one is found and known by: whoever sees the person sees
#: them. The address is for colleagues.
SEEN = {"phone": "colleagues", "pronouns": "all"}


class ProfileField(models.Model):
    """One more line of every profile, or a rule for one that every profile has (`builtin`)."""

    class Kind(models.TextChoices):
        TEXT = "text", _("A line of text")
        LONG = "long", _("A longer text")
        LINK = "link", _("A link")
        DATE = "date", _("A day")
        CHOICE = "choice", _("One of a list")

    class Seen(models.TextChoices):
        ALL = "all", _("Whoever sees the person, guests too")
        COLLEAGUES = "colleagues", _("Colleagues")
        ADMINS = "admins", _("The person and administrators")

    class Edit(models.TextChoices):
        PERSON = "person", _("The person")
        ADMINS = "admins", _("Administrators")
        SYNC = "sync", _("The directory of the company, by its interface: locked here")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What it is called.
    name = models.CharField(_("name"), max_length=60)
    # What may stand in it.
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.TEXT)
    # The list to choose from, one a line.
    choices = models.TextField(_("list"), blank=True)
    # Who sees it.
    seen = models.CharField(_("who sees it"), max_length=10, choices=Seen, default=Seen.COLLEAGUES)
    # Who fills it in: also where its content comes from.
    edit = models.CharField(_("who fills it in"), max_length=6, choices=Edit, default=Edit.PERSON)
    # Smaller numbers stand higher.
    place = models.PositiveSmallIntegerField(_("place"), default=100)
    # The column of every profile that this is a rule for; empty for a field of its own.
    builtin = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["builtin"], condition=~Q(builtin=""), name="one_rule_for_a_column"),
        ]
        ordering = ("place", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def listed(self) -> list[str]:
        """The list to choose from."""
        return [line.strip() for line in self.choices.splitlines() if line.strip()]

    def shows_to(self, reader: Any, person: Any) -> bool:
        """Whether `reader`, who sees the person, sees this field of theirs (None: of people in general)."""
        own = person is not None and reader.pk == person.pk
        if own or reader.is_admin or self.seen == self.Seen.ALL:
            return True
        return self.seen == self.Seen.COLLEAGUES and not reader.is_guest


def unshown(person: Any, *, reader: Any) -> frozenset[str]:
    """The lines of `SEEN` that `reader`, who sees the person, does not see: one query, for any number of people.

    Args:
        person: whose; None for people in general, so not the reader's own.
    """
    rules = dict.fromkeys(SEEN)
    rules.update({rule.builtin: rule for rule in _RULES.instances()})
    made = (rule or ProfileField(builtin=name, seen=SEEN[name]) for name, rule in rules.items())
    return frozenset(rule.builtin for rule in made if not rule.shows_to(reader, person))


_RULES = Prepared(lambda: ProfileField.objects.filter(builtin__in=list(SEEN)))


class ProfileValue(models.Model):
    """What stands in one field of one person."""

    # In which field.
    field = models.ForeignKey(ProfileField, on_delete=models.CASCADE, related_name="values")
    # Of whom.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="values")
    # What; a day as 2026-11-22.
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "field"], name="one_value")]

    def __str__(self) -> str:
        return f"{self.field_id} of {self.person_id}"
