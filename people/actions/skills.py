"""What people know: saying so, vouching for one another, and keeping the words in order."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean, fold
from inbox import actions as inbox
from people.hearing import unheard_by
from people.models import Claim, Endorsement, Skill, User, recount_skills
from people.permissions import may
from search.actions import changed

#: The notice that a colleague vouches for a skill; its bundle ends in the key of the claim.
ENDORSED = "people.endorsed"


@transaction.atomic
def add_skill(*, person: User, by: User, name: str) -> Claim:
    """Someone knows something. A new word is made where nobody has used it; saying it twice changes nothing.

    Raises:
        Refused: it is someone else's profile, or a guest's.
        ValidationError: it is no word, too long, or one too many.
    """
    if not may(by, person).edit or person.is_guest:
        raise Refused(_("You cannot change this profile."))
    name = " ".join(clean(name, multiline=False).split())
    limits.check(limits.SKILL_CHARS, name)
    folded = fold(name)[:60]
    if not any(char.isalnum() for char in folded):
        raise ValidationError({"name": _("Write a word for what you know.")})
    skill = Skill.objects.filter(folded=folded).first()
    if skill is None:
        try:
            with transaction.atomic():
                skill = Skill.objects.create(name=name, folded=folded)
        except IntegrityError:
            skill = Skill.objects.get(folded=folded)
    known = Claim.objects.filter(person=person, skill=skill).first()
    if known is not None:
        return known
    limits.check(limits.SKILLS_PER_PERSON, Claim.objects.filter(person=person).count() + 1)
    claim = Claim.objects.create(person=person, skill=skill)
    recount_skills([skill.pk])
    changed(person)
    record("people.skill.added", actor=by, target=person, id=person.public_id, skill=skill.pk)
    return claim


@transaction.atomic
def remove_skill(*, claim: Claim, by: User) -> None:
    """They no longer say so; a word that nobody uses any more goes.

    Raises:
        Refused: it is someone else's profile.
    """
    if not may(by, claim.person).edit:
        raise Refused(_("You cannot change this profile."))
    skill, person = claim.skill, claim.person
    inbox.take_back(kind=ENDORSED, bundle=f"{ENDORSED}:{claim.pk}", people=[person])
    claim.delete()
    recount_skills([skill.pk])
    if not skill.claims.exists():
        skill.delete()
    changed(person)
    record("people.skill.removed", actor=by, target=person, id=person.public_id, skill=skill.pk)


@transaction.atomic
def endorse(*, claim: Claim, by: User) -> None:
    """Vouch for what a colleague knows. Twice is once.

    Raises:
        Refused: it is oneself, they have left, or one is a guest.
    """
    if not may(by, claim.person).endorse:
        raise Refused(_("You can vouch for colleagues who are here, not for yourself."), status=422)
    if Endorsement.objects.get_or_create(claim=claim, by=by)[1]:
        recount_skills([claim.skill_id])
        record("people.skill.endorsed", actor=by, target=claim.person, claim=claim.pk, skill=claim.skill_id)


@transaction.atomic
def unendorse(*, claim: Claim, by: User) -> None:
    """No longer vouch; nothing happens where one did not."""
    held = Endorsement.objects.filter(claim=claim, by=by).first()
    if held is None:
        return
    held.delete()
    recount_skills([claim.skill_id])
    last = Endorsement.objects.filter(claim=claim, by__is_active=True).select_related("by")
    stays = last.exclude(by__in=unheard_by(claim.person)).order_by("-at", "-pk").first()
    inbox.take_back(
        kind=ENDORSED,
        bundle=f"{ENDORSED}:{claim.pk}",
        people=[claim.person_id],
        actor=by,
        since=held.at,
        instead=stays.by if stays else None,
    )
    record("people.skill.unendorsed", actor=by, target=claim.person, claim=claim.pk, skill=claim.skill_id)


@transaction.atomic
def rename_skill(*, skill: Skill, by: User, name: str) -> Skill:
    """Write a word otherwise. Where another already says it, the two become one with everyone's endorsements.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: it is no word, or too long.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    name = " ".join(clean(name, multiline=False).split())
    limits.check(limits.SKILL_CHARS, name)
    folded = fold(name)[:60]
    if not any(char.isalnum() for char in folded):
        raise ValidationError({"name": _("A name is needed.")})
    other = Skill.objects.filter(folded=folded).exclude(pk=skill.pk).first()
    people = list(User.objects.filter(claims__skill=skill))
    if other is None:
        skill.name, skill.folded = name, folded
        skill.save(update_fields=["name", "folded"])
        kept = skill
    else:
        for claim in Claim.objects.filter(skill=skill):
            into = Claim.objects.get_or_create(skill=other, person=claim.person, defaults={"at": claim.at})[0]
            for one in Endorsement.objects.filter(claim=claim):
                Endorsement.objects.get_or_create(claim=into, by=one.by, defaults={"at": one.at})
        skill.delete()
        recount_skills([other.pk])
        kept = other
    for person in people:
        changed(person)
    record("people.skill.renamed", actor=by, target=kept)
    return kept


@transaction.atomic
def delete_skill(*, skill: Skill, by: User) -> None:
    """Take a word away from everyone: it is none, or should not be said.

    Raises:
        Refused: `by` is no administrator.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    people = list(User.objects.filter(claims__skill=skill))
    key = skill.pk
    skill.delete()
    for person in people:
        changed(person)
    record("people.skill.deleted", actor=by, skill=key)
