"""Deliver, read, watch, forget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits, outbox
from core.content import Content, find
from core.events import record
from core.ids import new_id
from core.models import Access, Event
from core.prepared import Change, Insert, Prepared
from inbox import registry, sending
from inbox.models import Delivery, Device, Notice, Preference, Watch

#: People whose notices are written in one transaction: others who write wait for no more than that.
BATCH = 500


def deliver(event: Event) -> int:
    """Tell everyone whom an event concerns, once; returns how many notices were written.

    Recipients − the actor − the muted − those who may not see it *now*; the heaviest reason per person; preferences;
    one unread line per bundle; in bulk. Idempotent: a second run of the same event changes nothing, and a run that was
    broken off goes on.

    Security door: who may see is asked here, of the row's own `readers()`, in the transaction that writes, not of
    whoever named the recipients.
    """
    tellings: list[tuple[registry.Kind, registry.Telling, set[int]]] = []
    for telling in registry.tellings(event):
        kind = registry.get(telling.kind)
        people = _keys(telling.people) - {event.actor_id}
        if kind is not None and people:
            tellings.append((kind, telling, people))
    if not tellings:
        return 0
    # The heaviest reason wins; of equals, the first that was given.
    tellings.sort(key=lambda reason: -reason[0].weight)
    everyone = sorted(set().union(*(people for _kind, _telling, people in tellings)))
    written = 0
    for start in range(0, len(everyone), BATCH):
        batch = set(everyone[start : start + BATCH])
        left = set(batch)
        with transaction.atomic():
            outbox.hold(event)
            for kind, telling, people in tellings:
                # Who hears a heavier reason in the bell may still be sent the mail that only this one has.
                asked = people & (batch if kind.channels else left)
                allowed = _allowed(telling, kind, asked, actor=event.actor_id)
                if kind.channels:
                    sending.queue(event, kind, telling, allowed)
                allowed &= left
                left -= allowed
                written += _write(event, kind, telling, _wanted(kind, allowed))
    return written


def _keys(people: Any) -> set[int]:
    if isinstance(people, QuerySet) and issubclass(people.model, get_user_model()):
        people = people.values_list("pk", flat=True)
    return {getattr(person, "pk", person) for person in people}


def _allowed(telling: registry.Telling, kind: registry.Kind, people: set[int], *, actor: int | None) -> set[int]:
    """Those of some people who may be told now."""
    if not people:
        return set()
    about, target = telling.about or telling.target, telling.target
    if telling.private:
        allowed = {key for (key,) in _ACTIVE.rows(keys=list(people))}
    else:
        allowed = about.readers_among(people)
        if target is not about and target.audience_id != about.audience_id:
            allowed &= target.readers_among(people)
    if not kind.duty:
        # Also whoever wrote it: a mention that waited is told by someone else's act.
        allowed -= registry.not_hearing({key for key in (actor, getattr(about, "author_id", None)) if key})
    if not kind.through_mute and allowed:
        muted = _MUTED.rows(kind=target.kind, key=target.pk, level=str(Watch.Level.MUTE), people=list(allowed))
        allowed -= {person for (person,) in muted}
    return allowed


def _wanted(kind: registry.Kind, people: set[int]) -> set[int]:
    if not (people and kind.optional):
        return people
    return people - sending.unwanted(kind.verb, Preference.Channel.BELL, people)


def _write(event: Event, kind: registry.Kind, telling: registry.Telling, people: set[int]) -> int:
    """Write a line for each of some people, or let their unread line of the bundle grow."""
    if not people:
        return 0
    about = telling.about or telling.target
    bundle = telling.bundle or f"{kind.verb}:{telling.target.kind}:{telling.target.pk}"
    if event.attempts != 1 or event.due_at is None:
        # Not the first who tries: whoever has been told of this, or of something later in the bundle, is told no more.
        told = _TOLD.rows(people=list(people), bundle=bundle, event=event.pk)
        people = people - {person for (person,) in told}
    grown: list[int] = []
    for line, person, last in _OPEN.rows(people=list(people), bundle=bundle):
        people = people - {person}
        if last is None or last < event.pk:
            grown.append(line)
    now = timezone.now()
    types = ContentType.objects
    about_type, about_key = types.get_for_model(about).pk, str(about.pk)
    actor_type = types.get_for_model(get_user_model()).pk
    actor = event.actor_id or getattr(about.responsible(), "pk", 0)
    if grown:
        _GROWN.run(
            lines=grown,
            event=event.pk,
            at=now,
            actor_type=actor_type,
            actor=str(actor),
            about_type=about_type,
            about_key=about_key,
        )
    if people:
        target_type, target_key = types.get_for_model(telling.target).pk, str(telling.target.pk)
        audience = None if telling.private else about.search_audience_id()
        _NOTICE.each(
            Notice(
                verb=kind.verb,
                actor_content_type_id=actor_type,
                actor_object_id=str(actor),
                target_content_type_id=target_type,
                target_object_id=target_key,
                action_object_content_type_id=about_type,
                action_object_object_id=about_key,
                audience_id=audience,
                bundle=bundle,
                event_id=event.pk,
                timestamp=now,
                public=False,
            ),
            [{"recipient_id": person, "public_id": new_id()} for person in sorted(people)],
        )
    return len(people) + len(grown)


_ACTIVE = Prepared(lambda keys: get_user_model()._default_manager.filter(is_active=True, pk__in=keys).values_list("pk"))
_MUTED = Prepared(
    lambda kind, key, level, people: Watch.objects.filter(
        kind=kind, object_pk=key, level=level, person__in=people
    ).values_list("person_id")
)
_TOLD = Prepared(
    lambda people, bundle, event: Notice.objects.filter(
        recipient__in=people, bundle=bundle, event__gte=event
    ).values_list("recipient_id")
)
_OPEN = Prepared(
    lambda people, bundle: Notice.objects.filter(recipient__in=people, bundle=bundle, unread=True).values_list(
        "pk", "recipient_id", "event_id"
    )
)
_GROWN = Change(
    lambda lines, event, at, actor_type, actor, about_type, about_key: (
        Notice.objects.filter(pk__in=lines),
        {
            "count": F("count") + 1,
            "event": event,
            "timestamp": at,
            "actor_content_type": actor_type,
            "actor_object_id": actor,
            "action_object_content_type": about_type,
            "action_object_object_id": about_key,
        },
    )
)
_NOTICE = Insert(Notice)


def unread_count(person: Any) -> int:
    """How many lines of the person's bell are new."""
    rows = _UNREAD.rows(user=person)
    return rows[0][0] if rows else 0


_UNREAD = Prepared(
    lambda user: (
        Notice.objects.filter(recipient_id=user.pk, unread=True)
        .order_by()
        .values("recipient_id")
        .annotate(lines=Count("pk"))
        .values_list("lines")
    )
)


def mark_read(*, person: Any, ids: Iterable[str] | None = None, target: Content | None = None) -> int:
    """Mark lines of the person's own bell as read: those of public `ids`, those about `target`, or all.

    Ids of other people's notices change nothing and raise nothing: they tell nothing either.
    """
    notices = Notice.objects.filter(recipient=person, unread=True)
    if ids is not None:
        notices = notices.filter(public_id__in=list(ids))
    if target is not None:
        content_type = ContentType.objects.get_for_model(target)
        notices = notices.filter(target_content_type=content_type, target_object_id=str(target.pk))
    return notices.update(unread=False, read_at=timezone.now())


def lines(notices: list[Notice], *, reader: Any) -> list[Notice]:
    """Notices with what they are about loaded (one query a table), without those that may no longer be seen.

    Security door: the line of a notice is drawn from rows that `visible_to(reader)` gives now; a notice whose row is
    gone from there is not drawn at all.
    """
    wanted: dict[int, set[int]] = defaultdict(set)
    for notice in notices:
        for type_id, pk in (
            (notice.target_content_type_id, notice.target_object_id),
            (notice.action_object_content_type_id, notice.action_object_object_id),
        ):
            if type_id and pk:
                wanted[type_id].add(int(pk))
    people = get_user_model()._default_manager.in_bulk({int(notice.actor_object_id) for notice in notices})
    loaded: dict[tuple[int, int], Any] = {}
    for type_id, pks in wanted.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        if model is None:
            continue
        visible = model._default_manager.visible_to(reader) if issubclass(model, Content) else model._base_manager
        for row in visible.filter(pk__in=pks):
            loaded[type_id, row.pk] = row
    shown = []
    for notice in notices:
        kind = registry.get(notice.verb)
        if kind is None:
            continue
        notice.kind = kind
        notice.who = people.get(int(notice.actor_object_id))
        notice.on = loaded.get((notice.target_content_type_id, int(notice.target_object_id or 0)))
        notice.about = loaded.get((notice.action_object_content_type_id, int(notice.action_object_object_id or 0)))
        if notice.audience_id is not None and (notice.about is None or notice.on is None):
            continue
        notice.others = notice.count - 1
        notice.extra = kind.extra(notice) if kind.extra else {}  # noqa: S610 - not a queryset
        shown.append(notice)
    for kind in {notice.kind for notice in shown if notice.kind.together}:
        kind.together([notice for notice in shown if notice.kind is kind])
    return shown


def watch(*, person: Any, obj: Content, level: str = Watch.Level.FOLLOW, quiet: bool = False) -> None:
    """Follow or mute a thread, a group or a page; `quiet` when it follows from another act (writing in it)."""
    row, created = Watch.objects.get_or_create(
        person=person, kind=obj.kind, object_pk=obj.pk, defaults={"level": level, "audience_id": obj.audience_id}
    )
    if quiet and not created:
        return
    if not created and (row.level != level or row.until is not None):
        Watch.objects.filter(pk=row.pk).update(level=level, at=timezone.now(), until=None, then="")
    if not quiet:
        record("inbox.watch.set", actor=person, target=obj, level=str(level))


def unwatch(*, person: Any, obj: Content) -> None:
    """Hear the usual again; of what was put off, what they heard before."""
    if (
        Watch.objects.filter(person=person, kind=obj.kind, object_pk=obj.pk, until__isnull=False)
        .exclude(then="")
        .exists()
    ):
        watch(person=person, obj=obj, level=Watch.Level.FOLLOW)
        return
    if Watch.objects.filter(person=person, kind=obj.kind, object_pk=obj.pk).delete()[0]:
        record("inbox.watch.removed", actor=person, target=obj)


@transaction.atomic
def snooze(*, person: Any, obj: Content, until: datetime) -> None:
    """Put a thread, a group or a page off: hear nothing of it until a moment, then be told that it is back.

    Raises:
        ValidationError: the moment is past, or too far ahead.
    """
    now = timezone.now()
    if until <= now:
        raise ValidationError({"until": _("Choose a time that is still to come.")}, code="past")
    limits.check(limits.SNOOZE_DAYS, (until - now) // timedelta(days=1))
    row = Watch.objects.select_for_update().filter(person=person, kind=obj.kind, object_pk=obj.pk).first()
    row = row or Watch(person=person, kind=obj.kind, object_pk=obj.pk)
    if row.until is None:
        row.then = Watch.Level.FOLLOW if row.pk and row.level == Watch.Level.FOLLOW else ""
    row.level, row.until, row.at, row.audience_id = Watch.Level.MUTE, until, now, obj.audience_id
    row.save()
    record("inbox.watch.snoozed", actor=person, target=obj)


def wake_due() -> int:
    """What was put off until now comes back; the worker calls it.

    Returns:
        How many did.
    """
    woken = 0
    due = Watch.objects.filter(until__lte=timezone.now()).order_by("until")
    for pk in due.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            # Asked again under the lock: another worker may be here, or its person thinks better of it.
            row = Watch.objects.select_for_update().filter(pk=pk, until__lte=timezone.now()).first()
            if row is None:
                continue
            obj = find(row.kind, row.object_pk)
            if row.then and obj is not None:
                Watch.objects.filter(pk=pk).update(level=row.then, until=None, then="")
            else:
                row.delete()
            if obj is not None:
                record("inbox.watch.woken", actor=None, target=obj, person=row.person_id)
                woken += 1
    return woken


def watchers(obj: Content, level: str = Watch.Level.FOLLOW) -> set[int]:
    """Keys of the people who follow (or mute) it."""
    return {person for (person,) in _WATCHERS.rows(kind=obj.kind, key=obj.pk, level=str(level))}


_WATCHERS = Prepared(
    lambda kind, key, level: Watch.objects.filter(kind=kind, object_pk=key, level=level).values_list("person_id")
)


def level_of(*, person: Any, obj: Content) -> str:
    """What the person wants to hear of it: `follow`, `mute` or empty."""
    return wish_of(person=person, obj=obj)[0]


def wish_of(*, person: Any, obj: Content) -> tuple[str, datetime | None]:
    """The same with the moment until which they have put it off, if they have."""
    rows = _WISH.rows(user=person, kind=obj.kind, key=obj.pk)
    return rows[0] if rows else ("", None)


_WISH = Prepared(
    lambda user, kind, key: Watch.objects.filter(person_id=user.pk, kind=kind, object_pk=key).values_list(
        "level", "until"
    )[:1]
)


def forget(*, person: Any, audiences: Iterable[Any] | None = None) -> None:
    """Access is lost: the person's notices and watches there go; without `audiences`, all of them (they left).

    Called in the transaction that takes the access, so the next look at the bell already shows nothing of it.
    """
    mine = Q(recipient=person)
    wishes = Q(person=person)
    if audiences is not None:
        keys = [getattr(audience, "pk", audience) for audience in audiences]
        mine &= Q(audience__in=keys)
        wishes &= Q(audience__in=keys)
    Notice.objects.filter(mine).delete()
    Watch.objects.filter(wishes).delete()
    if audiences is None:
        Device.objects.filter(person=person).delete()
        Delivery.objects.filter(person=person, state=Delivery.State.WAITING).delete()


def prefer(*, person: Any, verb: str, channel: str, wanted: bool) -> None:
    """Say whether to be told of a kind on a channel.

    Raises:
        LookupError: there is no such kind, it is not told there, or that cannot be switched off.
    """
    kind = registry.get(verb)
    told = kind is not None and (kind.optional if channel == Preference.Channel.BELL else channel in kind.channels)
    if not told:
        raise LookupError(verb)
    try:
        # One by itself, so that losing the race does not end a transaction around it.
        with transaction.atomic():
            Preference.objects.update_or_create(person=person, verb=verb, channel=channel, defaults={"wanted": wanted})
    except IntegrityError:
        Preference.objects.filter(person=person, verb=verb, channel=channel).update(wanted=wanted)


@dataclass(frozen=True)
class Choice:
    """Whether a person is told of a kind on a channel."""

    kind: registry.Kind
    channel: Preference.Channel
    wanted: bool
    #: Whether it is told there at all.
    offered: bool
    #: Whether the person may choose.
    free: bool


def preferences(person: Any) -> list[tuple[registry.Kind, list[Choice]]]:
    """Every kind with what the person chose for each channel; what nobody has chosen is told."""
    said = {(row.verb, row.channel): row.wanted for row in Preference.objects.filter(person=person)}
    found = []
    for kind in registry.kinds():
        choices = []
        for channel in Preference.Channel:
            bell = channel == Preference.Channel.BELL
            offered = bell or channel in kind.channels
            free = kind.optional if bell else offered
            wanted = offered and (said.get((kind.verb, channel), True) or not free)
            choices.append(Choice(kind, channel, wanted, offered, free))
        found.append((kind, choices))
    return found


def forget_from(*, person: Any, actor: Any) -> None:
    """A person wants to hear nothing of another: their unread lines about that one alone go."""
    optional = [kind.verb for kind in registry.kinds() if not kind.duty]
    Notice.objects.filter(
        recipient=person, unread=True, count=1, actor_object_id=str(actor.pk), verb__in=optional
    ).delete()


def take_back(
    *,
    kind: str,
    bundle: str,
    people: Iterable[Any],
    actor: Any = None,
    since: datetime | None = None,
    instead: Any = None,
) -> None:
    """What some people were told holds no longer: their line goes, or one that stands for several counts one less.

    Called in the transaction that takes it back.

    Args:
        kind, bundle: of the telling.
        people: who was told.
        actor: who did it and takes it back; None where the whole line goes.
        since: when they had done it.
        instead: who did the same last and stands by it: named where the line named the actor.
    """
    told = Notice.objects.filter(verb=kind, bundle=bundle, recipient__in=_keys(people))
    if actor is None:
        told.delete()
        return
    named = told.filter(actor_object_id=str(actor.pk))
    (named.filter(count=1) if instead is not None else named).delete()
    # An unread line that names somebody else stands for this too if it was begun before: after the last was read.
    last = told.filter(unread=False).aggregate(last=Max("read_at"))["last"]
    if since is not None and (last is None or last < since):
        others = told.filter(unread=True, count__gt=1).exclude(actor_object_id=str(actor.pk))
        others.update(count=F("count") - 1)
    if instead is not None:
        own = ContentType.objects.get_for_model(get_user_model())
        about = named.filter(action_object_content_type=own, action_object_object_id=str(actor.pk))
        about.update(action_object_object_id=str(instead.pk))
        named.update(actor_object_id=str(instead.pk), count=F("count") - 1)


def forget_about(*, obj: Content, on: Content) -> None:
    """A row is gone for good: nobody's bell counts a line about it that could no longer be drawn.

    Args:
        on: the thread or place it hung on, or itself.
    """
    types = ContentType.objects
    Notice.objects.filter(
        target_content_type=types.get_for_model(on),
        target_object_id=str(on.pk),
        action_object_content_type=types.get_for_model(obj),
        action_object_object_id=str(obj.pk),
    ).delete()


def moved(*, model: type[Content], keys: Iterable[int], audience: Any, readers: QuerySet) -> None:
    """Rows got another audience: the notices and watches of those who cannot see them there go, the others' go along.

    Called in the transaction that moves them, so the next look at the bell already shows nothing of it.

    Args:
        model, keys: the rows.
        audience: the new one.
        readers: the people who may see them now.
    """
    for pks in _chunks(keys):
        told = _about(model, pks).filter(audience__isnull=False)
        told.exclude(recipient__in=readers.values("pk")).delete()
        told.update(audience=audience)
        wishes = Watch.objects.filter(kind=model.kind, object_pk__in=pks)
        wishes.exclude(person__in=readers.values("pk")).delete()
        wishes.update(audience=audience)


def regroup(*, model: type[Content], keys: Iterable[int], old: Content, new: Content) -> None:
    """Rows that hung on one thread or place hang on another now: the notices about them follow.

    Args:
        model, keys: the rows that notices are about.
        old, new: the thread before and now.
    """
    bundle, other = f"feed.thread:{old.pk}", f"feed.thread:{new.pk}"
    own = ContentType.objects.get_for_model(old)
    for pks in _chunks(keys):
        told = _about(model, pks).filter(target_content_type=own, target_object_id=str(old.pk))
        # One unread line a bundle: where the other thread has one already, that one stands for both.
        taken = Notice.objects.filter(bundle=other, unread=True).values_list("recipient", flat=True)
        told.filter(bundle=bundle, unread=True, recipient__in=list(taken)).delete()
        told.filter(bundle=bundle).update(bundle=other)
        told.update(target_object_id=str(new.pk))


def share_watches(*, old: Content, new: Content, levels: Iterable[str] = Watch.Level.values) -> None:
    """Whoever follows (or mutes) one thing does the same with another, unless they have said something of that."""
    said = Watch.objects.filter(kind=new.kind, object_pk=new.pk).values("person")
    theirs = Watch.objects.filter(kind=old.kind, object_pk=old.pk).exclude(person__in=said)
    # What was put off comes back wherever it is by then.
    theirs = theirs.filter(Q(level__in=list(levels)) | Q(until__isnull=False))
    Watch.objects.bulk_create(
        [
            Watch(
                person_id=row.person_id,
                kind=new.kind,
                object_pk=new.pk,
                audience_id=new.audience_id,
                level=row.level,
                until=row.until,
                then=row.then,
            )
            for row in theirs
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def drop_watches(obj: Content) -> None:
    """Nobody follows or mutes it any more: it is nothing of its own now."""
    Watch.objects.filter(kind=obj.kind, object_pk=obj.pk).delete()


def _about(model: type[Content], keys: list[int]) -> QuerySet:
    """Notices about some rows, or in them."""
    own, names = ContentType.objects.get_for_model(model), [str(key) for key in keys]
    return Notice.objects.filter(
        Q(target_content_type=own, target_object_id__in=names)
        | Q(action_object_content_type=own, action_object_object_id__in=names)
    )


def _chunks(keys: Iterable[int], size: int = 300) -> Iterator[list[int]]:
    keys = list(keys)
    return (keys[at : at + size] for at in range(0, len(keys), size))


def forget_strangers(*, audiences: Iterable[int]) -> None:
    """A place became closed: the notices and watches there of everyone who is not in it go at once.

    Called in the transaction that closes it.
    """
    for audience in audiences:
        inside = Access.objects.filter(audience=audience).values("person")
        Notice.objects.filter(audience=audience).exclude(recipient__in=inside).delete()
        Watch.objects.filter(audience=audience).exclude(person__in=inside).delete()


def put_by(*, audience: int | None, kept: int, target: Content | None = None) -> None:
    """A place is gone for a while: its notices are no news, and lie under another audience until `bring_back`.

    Args:
        audience: whose notices; None for those that belong to none.
        kept: the audience that keeps them.
        target: only those about this row.
    """
    notices = Notice.objects.filter(audience=audience) if audience else Notice.objects.filter(audience=None)
    if target is not None:
        content_type = ContentType.objects.get_for_model(target)
        notices = notices.filter(target_content_type=content_type, target_object_id=str(target.pk))
    # One that was never read has no time of reading: it is new again when it comes back.
    notices.update(audience=kept, unread=False)


def bring_back(*, kept: int, audience: int | None) -> None:
    """The opposite of `put_by`: read stays read, and what was new is new."""
    notices = Notice.objects.filter(audience=kept)
    # Of a bundle one line is new at most; whoever was told of it meanwhile has that line.
    newer = Notice.objects.filter(recipient=OuterRef("recipient"), bundle=OuterRef("bundle"), unread=True)
    fresh = list(notices.filter(read_at=None).exclude(Exists(newer)).values_list("pk", flat=True))
    for start in range(0, len(fresh), BATCH):
        Notice.objects.filter(pk__in=fresh[start : start + BATCH]).update(unread=True)
    notices.update(audience=audience)


def forget_place(*, audiences: Iterable[int], limit: int) -> int:
    """A place is gone for good: take up to `limit` notices and wishes of its audiences away; returns how many went."""
    audiences = list(audiences)
    for model in (Notice, Watch):
        rows = model._default_manager.filter(audience__in=audiences)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        if keys:
            model._default_manager.filter(pk__in=keys).delete()
            return len(keys)
    return 0
