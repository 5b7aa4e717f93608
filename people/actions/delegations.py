"""Letting others post in one's name, and taking it back."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from people.delegating import may_delegate
from people.models import Delegation, User


@transaction.atomic
def delegate(*, person: User, to: User, until: date | None = None) -> Delegation:
    """Let someone post and answer in one's name; doing it again changes the last day.

    Args:
        person: in whose name.
        to: who writes, found through `visible_to(person)`.
        until: the last day of it; None for no end.

    Raises:
        Refused: one of them is a guest, suspended or gone.
        ValidationError: it is oneself, the day is past, or there are too many.
    """
    if not may_delegate(person):
        raise Refused(_("You cannot let others post for you now."))
    if to.pk == person.pk:
        raise ValidationError({"person": _("Choose someone else than yourself.")})
    if to.is_guest or not to.is_active:
        raise Refused(_("Only colleagues who are here can post for you."), status=422)
    if until is not None and until < timezone.localdate(timezone=timezone.get_default_timezone()):
        raise ValidationError({"until": _("Choose a day in the future.")})
    # Of two at the same moment the second waits, so that no one has more than the limit.
    User.objects.select_for_update().get(pk=person.pk)
    known = Delegation.objects.filter(person=person, delegate=to).first()
    if known is not None and known.until == until:
        return known
    if known is None:
        limits.check(limits.DELEGATES, Delegation.objects.filter(person=person).count() + 1)
        known = Delegation(person=person, delegate=to)
    known.until = until
    known.save()
    User.objects.filter(pk=to.pk).update(has_delegators=True)
    to.has_delegators = True
    record(
        "people.delegation.made",
        actor=person,
        target=person,
        delegate=to.pk,
        until=until.isoformat() if until else None,
    )
    return known


@transaction.atomic
def withdraw(*, delegation: Delegation, by: User | None) -> None:
    """Take it back, or give it back: from now on nothing is posted in that name by them, scheduled posts included.

    Args:
        by: one of the two, an administrator, or None for the system.

    Raises:
        Refused: somebody else.
    """
    if by is not None and by.pk not in (delegation.person_id, delegation.delegate_id) and not by.is_admin:
        raise Refused(_("Only the two of them, or an administrator, can end this."))
    if not Delegation.objects.filter(pk=delegation.pk).delete()[0]:
        return
    left = Delegation.objects.filter(delegate=delegation.delegate_id).exists()
    User.objects.filter(pk=delegation.delegate_id).update(has_delegators=left)
    record("people.delegation.withdrawn", actor=by, target=delegation.person, delegate=delegation.delegate_id)


def end_delegations(*, person: User) -> None:
    """Whoever leaves or becomes a guest posts for nobody, and nobody for them; coming back brings none of it back."""
    for one in Delegation.objects.filter(Q(person=person) | Q(delegate=person)).select_related("person"):
        withdraw(delegation=one, by=None)


__all__ = ["delegate", "end_delegations", "withdraw"]
