"""What people know, in words that all share, and who vouches for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core.ids import new_id
from people.models.person import User


class Skill(models.Model):
    """A word for something one can know. Its name is open to every employee; guests have no list of them."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # As it was first written.
    name = models.CharField(max_length=60)
    # Without case and accents: nobody makes a second one by spelling it otherwise.
    folded = models.CharField(max_length=60, unique=True)
    # How many people who are here have it; rebuilt by `manage.py recount`.
    count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-count", "folded"], name="skill_count")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:skill", args=[self.public_id])

    @property
    def topics(self) -> list[str]:
        """How the same thing is written as a topic: `#driver-app`, `#driver_app`, `#driverapp`."""
        words = self.name.lower().split()
        return list(dict.fromkeys(joint.join(words) for joint in ("-", "_", "")))


class Claim(models.Model):
    """One person says that they know something."""

    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="claims")
    # What.
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="claims")
    # How many colleagues vouch for it; rebuilt by `manage.py recount`.
    endorsements = models.PositiveIntegerField(default=0)
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "skill"], name="one_claim")]
        indexes = [models.Index(fields=["skill", "-endorsements", "id"], name="claim_skill")]

    def __str__(self) -> str:
        return f"{self.person_id} knows {self.skill_id}"


class Endorsement(models.Model):
    """A colleague vouches for someone's skill."""

    # For what, of whom.
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="vouched")
    # Who vouches.
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "by"], name="one_endorsement")]

    def __str__(self) -> str:
        return f"{self.by_id} vouches for {self.claim_id}"


def recount_skills(keys: list[int] | None = None) -> None:
    """Count claims of people who are here, and endorsements of people who are here, anew."""
    claims = Claim.objects.all() if keys is None else Claim.objects.filter(skill__in=keys)
    vouched = (
        Endorsement.objects.filter(claim=models.OuterRef("pk"), by__is_active=True)
        .order_by()
        .values("claim")
        .annotate(n=models.Count("pk"))
        .values("n")
    )
    claims.update(endorsements=models.functions.Coalesce(models.Subquery(vouched), 0))
    held = (
        Claim.objects.filter(Q(skill=models.OuterRef("pk"), person__is_active=True))
        .order_by()
        .values("skill")
        .annotate(n=models.Count("pk"))
        .values("n")
    )
    skills = Skill.objects.all() if keys is None else Skill.objects.filter(pk__in=keys)
    skills.update(count=models.functions.Coalesce(models.Subquery(held), 0))
