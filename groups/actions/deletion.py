"""A group is deleted: gone for everyone at once, brought back as it was for thirty days, and then for good.

Who may see is asked of `core.Access`. So deleting sets aside the accesses of its audiences, with the notices about it,
and whatever was said there is out of reach of every surface in the next answer; bringing it back puts them where they
were. What ends for good is taken away piece by piece by the worker, each piece in a transaction of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audience import everyone
from core.events import record
from core.models import Access, Audience
from core.prepared import Prepared
from core.refusal import Refused
from core.text import clean
from files.actions import library
from groups.actions import ENROLLED, Role, group_audiences, hand_on
from groups.models import RETURN, Group, Membership, PutBy, grant_membership, recount_members
from groups.permissions import may
from inbox import actions as inbox
from people.models import User

logger = logging.getLogger(__name__)

#: Rows that go in one transaction when a group is taken away for good: nobody who writes waits longer for it.
PIECE = 50
#: Seconds until a group is looked at again that could not be taken away.
PATIENCE = 600

#: Takes away up to `limit` rows of what a group and its `audiences` hold; returns how many went.
_takers: dict[str, Callable[..., int]] = {}
_resting: dict[int, float] = {}


def takes_away(name: str, function: Callable[..., int]) -> None:
    """Register what a room above keeps in a group: it goes before the group does.

    Args:
        name: of the room.
        function: takes `group`, `audiences` (keys) and `limit`, and returns how many rows it took away.
    """
    _takers[name] = function


@transaction.atomic
def delete_group(*, group: Group, by: User, name: str) -> Group:
    """Make a group vanish, and everything in it; it can be brought back for thirty days.

    Args:
        name: of the group, typed by who deletes it.

    Raises:
        Refused: neither an owner nor an administrator.
        ValidationError: another name was typed.
    """
    group = Group.objects.select_for_update().get(pk=group.pk)
    if not may(by, group).delete:
        raise Refused(_("Only an owner of the group can delete it."))
    if " ".join(clean(name, multiline=False).split()).casefold() != " ".join(group.name.split()).casefold():
        raise ValidationError({"name": _("Type the name of the group as it stands here.")}, code="name")
    audiences = list(Audience.objects.filter(group_audience__group=group).order_by("pk"))
    for audience in audiences:
        put = PutBy.objects.create(group=group, own=audience, open=audience.open, kept=_nobodys())
        # Security door: from here on nobody is in the audience, whoever reads the group by whatever way.
        Access.objects.filter(audience=audience).update(audience=put.kept)
        inbox.put_by(audience=audience.pk, kept=put.kept_id)
    Audience.objects.filter(pk__in=[audience.pk for audience in audiences]).update(open=False)
    # Notices about a group that is no secret are for everyone, or for their reader alone.
    for elsewhere in (everyone(), None):
        put = PutBy.objects.create(group=group, own=elsewhere, kept=_nobodys())
        inbox.put_by(audience=elsewhere.pk if elsewhere else None, kept=put.kept_id, target=group)
    group.deleted_at, group.deleted_by = timezone.now(), by
    group.save(update_fields=["deleted_at", "deleted_by"])
    for audience in audiences:
        # All of them are heard no more; the act itself is one.
        if audience.pk != group.audience_id:
            record("groups.group.deleted", actor=by, target=group, audience=audience, quiet=True, ask_again=True)
    record("groups.group.deleted", actor=by, target=group, id=group.public_id, ask_again=True)
    return group


@transaction.atomic
def restore_group(*, group: Group, by: User) -> Group:
    """Bring a deleted group back as it was: what is in it, who is in it, and what was new to them.

    Raises:
        Refused: neither an owner nor an administrator, it is not deleted, or (409) it is too late.
    """
    found = Group.objects.deleted_by(by).select_for_update(of=("self",)).filter(pk=group.pk).first()
    if found is None:
        raise Refused(_("This group cannot be brought back any more."), status=409)
    group = found
    inside = Membership.objects.filter(group=group)
    kept = []
    for put in PutBy.objects.filter(group=group).select_related("own", "kept"):
        if put.own is not None and put.own.kind == Audience.Kind.GROUP:
            # Whoever has lost their membership meanwhile is not in it.
            Access.objects.filter(audience=put.kept, person__in=inside.values("person")).update(audience=put.own)
            Audience.objects.filter(pk=put.own.pk).update(open=put.open)
        inbox.bring_back(kept=put.kept_id, audience=put.own_id)
        kept.append(put.kept)
    _drop(PutBy.objects.filter(group=group), kept)
    group.deleted_at = group.deleted_by = None
    group.save(update_fields=["deleted_at", "deleted_by"])
    group.refresh_from_db()
    # Whoever has become a member meanwhile reads it now.
    for membership in inside.exclude(person__in=Access.objects.filter(audience=group.audience_id).values("person")):
        grant_membership(membership)
    recount_members([group.pk])
    for owner in inside.filter(role=Role.OWNER, person__is_active=False).select_related("person"):
        hand_on(person=owner.person)
    record("groups.group.restored", actor=by, target=group, id=group.public_id)
    _let_hear(group, by)
    return group


def purge() -> int:
    """Take a piece of what is past its thirty days away; the worker calls it until nothing is left.

    Returns:
        How many rows went. A group that could not be taken away rests for some minutes and keeps nobody waiting.
    """
    for (key,) in _OVER.rows(since=timezone.now() - RETURN):
        if _resting.get(key, 0.0) > time.monotonic():
            continue
        try:
            return _take_piece(key)
        except Exception:
            logger.exception("group %s could not be taken away", key)
            _resting[key] = time.monotonic() + PATIENCE
    return 0


_OVER = Prepared(lambda since: Group.objects.filter(deleted_at__lte=since).order_by("pk").values_list("pk")[:20])


def _take_piece(key: int) -> int:
    """Up to `PIECE` rows of one group, in one transaction; at last the group itself."""
    with transaction.atomic():
        group = Group.objects.select_for_update().filter(pk=key).first()
        # Asked again under the lock: another worker may have been here.
        if group is None or not group.is_gone:
            return 0
        audiences = group_audiences(group)
        for take in (*_takers.values(), _take_files, _take_notices, _take_members):
            taken = take(group=group, audiences=audiences, limit=PIECE)
            if taken:
                return taken
        kept = [put.kept for put in PutBy.objects.filter(group=group).select_related("kept")]
        # What remains of it is this and the other events: who, what and when, and no words.
        record("groups.group.purged", actor=None, target=group, quiet=True)
        group.delete()
        _drop(PutBy.objects.filter(group_id=key), kept)
        return 1


def _take_files(group: Group, audiences: list[int], limit: int) -> int:
    return library.clear_files(audiences=audiences, limit=limit)


def _take_notices(group: Group, audiences: list[int], limit: int) -> int:
    kept = list(PutBy.objects.filter(group=group).values_list("kept_id", flat=True))
    return inbox.forget_place(audiences=[*audiences, *kept], limit=limit)


def _take_members(group: Group, audiences: list[int], limit: int) -> int:
    """Accesses, then memberships: whose receiver finds that nothing follows from it any more."""
    kept = PutBy.objects.filter(group=group).values("kept")
    for rows in (Access.objects.filter(audience__in=kept), Membership.objects.filter(group=group)):
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        if keys:
            rows.model._default_manager.filter(pk__in=keys).delete()
            return len(keys)
    return 0


def _nobodys() -> Audience:
    """An audience that nothing is said to."""
    return Audience.objects.create(kind=Audience.Kind.GROUP)


def _drop(puts: QuerySet, kept: list[Audience]) -> None:
    puts.delete()
    Audience.objects.filter(pk__in=[audience.pk for audience in kept]).delete()


def _let_hear(group: Group, by: User) -> None:
    """Sockets that are open ask again what they may hear."""
    if group.privacy == Group.Privacy.PUBLIC:
        record("groups.group.restored", actor=by, target=group, audience=everyone(), quiet=True, ask_again=True)
    members = list(Membership.objects.filter(group=group).order_by("pk").values_list("person__public_id", flat=True))
    for start in range(0, len(members), ENROLLED):
        record("groups.group.restored", actor=by, target=group, quiet=True, revoked=members[start : start + ENROLLED])
