"""What groups do when others act, and what keeps access in step with membership on every path."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from core.events import later, listen
from core.models import Event
from groups import actions
from groups.models import Group, GroupAudience, Membership, grant_membership, recount_members
from people.models import Invitation, User


@receiver(post_save, sender=Membership, dispatch_uid="groups.entered")
def entered(instance: Membership, created: bool, raw: bool = False, **_: Any) -> None:
    """A membership was written, by an action or in any other way: its access follows at once."""
    if created and not raw:
        grant_membership(instance)
        recount_members([instance.group_id])


@receiver(pre_delete, sender=Membership, dispatch_uid="groups.leaving")
def leaving(instance: Membership, **_: Any) -> None:
    """Remember the audiences while their rows are still there."""
    instance._audiences = list(
        GroupAudience.objects.filter(group_id=instance.group_id).values_list("own_id", flat=True)
    )


@receiver(post_delete, sender=Membership, dispatch_uid="groups.left")
def left(instance: Membership, **_: Any) -> None:
    """A membership was deleted: one by one, by a queryset, by the admin or by a cascade.

    Security door: every path ends here, so that none leaves access, notices or watches behind.
    """
    group = Group.objects.filter(pk=instance.group_id).first()
    person = User.objects.filter(pk=instance.person_id).first()
    if group is None or person is None or group.is_gone:
        return
    by, went = getattr(instance, "_ending", (None, False))
    actions.ended(group=group, person=person, audiences=instance._audiences, by=by, left=went)
    recount_members([group.pk])


@listen("files.file.quarantined")
def sign_lost(event: Event, target: Any) -> None:
    """A sign in which a virus was found after all gives way to the initial."""
    for group in Group.objects.filter(picture=target.public_id):
        group.picture = ""
        group.save(update_fields=["picture"])


@listen("people.member.deactivated")
def deactivated(event: Event, target: Any) -> None:
    """The groups that only they owned get another owner, and nobody counts them any more."""
    actions.hand_on(person=target)
    recount_members(Membership.objects.filter(person=target).values("group"))


@listen("people.member.reactivated", "people.member.claimed")
def returned(event: Event, target: Any) -> None:
    """They are counted again."""
    recount_members(Membership.objects.filter(person=target).values("group"))


@listen("people.member.joined", "people.member.reactivated", "people.member.claimed")
def came(event: Event, target: Any) -> None:
    """They are in the groups that every colleague is in."""
    actions.enrol(person=target)


@later("groups.group.enrolled", "groups.group.unarchived", "groups.group.restored")
def enrolled(event: Event) -> None:
    """Every colleague comes in."""
    group = Group.objects.filter(pk=event.target_pk or 0).first()
    # Whoever left a default group in the meantime is not fetched back when it is used again.
    if group is not None and (event.verb == "groups.group.enrolled" or group.enrolment == Group.Enrolment.MANDATORY):
        actions.enrol_all(group=group)


@listen("people.guest.changed")
def became_guest(event: Event, target: Any) -> None:
    """A guest leads nothing and is in no group that colleagues are in by being some; a colleague is."""
    if target.is_guest:
        actions.stop_leading(person=target)
    actions.enrol(person=target)


@listen("people.profile.edited")
def belongs_elsewhere(event: Event, target: Any) -> None:
    """Someone changed departments or places: their groups follow in the same transaction."""
    if {"department", "location"} & set(event.data.get("fields", ())):
        actions.enrol(person=target)


@listen("people.invitation.accepted")
def arrived(event: Event, target: Any) -> None:
    """Someone came with a letter: they join the groups that ask their address in."""
    letter = Invitation.objects.select_related("accepted_by").filter(pk=event.target_pk or 0).first()
    if letter is not None:
        actions.arrive(letter=letter)


@listen("people.invitation.revoked")
def letter_revoked(event: Event, target: Any) -> None:
    """A letter was taken back, with what it was for."""
    actions.letter_revoked(letter=target)
