"""Deliver, read, watch, forget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from core.content import Content
from core.events import record
from core.models import Access, Event
from core.prepared import Prepared
from inbox import registry
from inbox.models import Notice, Preference, Watch

#: People whose notices are written in one statement.
BATCH = 1000


def deliver(event: Event) -> int:
    """Tell everyone whom an event concerns, once; returns how many notices were written.

    Recipients − the actor − the muted − those who may not see it *now*; the heaviest reason per person; preferences;
    one unread line per bundle; in bulk. Idempotent: a second run of the same event changes nothing.

    Security door: who may see is asked here, of the row's own `readers()`, not of whoever named the recipients.
    """
    reasons: dict[int, tuple[int, registry.Kind, registry.Telling]] = {}
    for telling in registry.tellings(event):
        kind = registry.get(telling.kind)
        if kind is None:
            continue
        for person in _allowed(telling, kind, actor=event.actor_id):
            if person not in reasons or kind.weight > reasons[person][0]:
                reasons[person] = (kind.weight, kind, telling)
    groups: dict[tuple[str, int], tuple[registry.Kind, registry.Telling, list[int]]] = {}
    for person, (_weight, kind, telling) in reasons.items():
        groups.setdefault((kind.verb, id(telling)), (kind, telling, []))[2].append(person)
    written = 0
    for kind, telling, people in groups.values():
        unwanted = set(
            Preference.objects.filter(
                verb=kind.verb, channel=Preference.Channel.BELL, wanted=False, person__in=people
            ).values_list("person_id", flat=True)
        )
        if kind.optional:
            people = [person for person in people if person not in unwanted]
        for start in range(0, len(people), BATCH):
            written += _write(event, kind, telling, people[start : start + BATCH])
    return written


def _allowed(telling: registry.Telling, kind: registry.Kind, *, actor: int | None) -> list[int]:
    people = [getattr(person, "pk", person) for person in telling.people]
    people = [person for person in set(people) if person != actor]
    if not people:
        return []
    about = telling.about or telling.target
    active = get_user_model()._default_manager.filter(is_active=True)
    if telling.private:
        allowed = active.filter(pk__in=people)
    else:
        allowed = about.readers().filter(pk__in=people)
        if telling.target is not about and telling.target.audience_id != about.audience_id:
            allowed = allowed.filter(pk__in=telling.target.readers().values("pk"))
    if not kind.through_mute:
        muted = Watch.objects.filter(
            kind=telling.target.kind, object_pk=telling.target.pk, level=Watch.Level.MUTE, person__in=people
        )
        allowed = allowed.exclude(pk__in=muted.values("person"))
    return list(allowed.values_list("pk", flat=True))


def _write(event: Event, kind: registry.Kind, telling: registry.Telling, people: list[int]) -> int:
    about = telling.about or telling.target
    bundle = telling.bundle or f"{kind.verb}:{telling.target.kind}:{telling.target.pk}"
    now = timezone.now()
    told_before = set(
        Notice.objects.filter(recipient__in=people, bundle=bundle, event__gte=event.pk).values_list(
            "recipient_id", flat=True
        )
    )
    people = [person for person in people if person not in told_before]
    actor = event.actor or about.responsible()
    actor_type = ContentType.objects.get_for_model(get_user_model())
    about_type = ContentType.objects.get_for_model(about)
    target_type = ContentType.objects.get_for_model(telling.target)
    with transaction.atomic():
        open_lines = Notice.objects.filter(recipient__in=people, bundle=bundle, unread=True)
        grown = set(open_lines.values_list("recipient_id", flat=True))
        open_lines.update(
            count=F("count") + 1,
            event=event,
            timestamp=now,
            actor_content_type=actor_type,
            actor_object_id=str(actor.pk if actor else 0),
            action_object_content_type=about_type,
            action_object_object_id=str(about.pk),
        )
        fresh = [
            Notice(
                recipient_id=person,
                verb=kind.verb,
                actor_content_type=actor_type,
                actor_object_id=str(actor.pk if actor else 0),
                target_content_type=target_type,
                target_object_id=str(telling.target.pk),
                action_object_content_type=about_type,
                action_object_object_id=str(about.pk),
                audience_id=None if telling.private else about.search_audience_id(),
                bundle=bundle,
                event=event,
                timestamp=now,
                public=False,
            )
            for person in people
            if person not in grown
        ]
        Notice.objects.bulk_create(fresh)
    return len(people)


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
    return shown


def watch(*, person: Any, obj: Content, level: str = Watch.Level.FOLLOW, quiet: bool = False) -> None:
    """Follow or mute a thread, a group or a page; `quiet` when it follows from another act (writing in it)."""
    row, created = Watch.objects.get_or_create(
        person=person, kind=obj.kind, object_pk=obj.pk, defaults={"level": level, "audience_id": obj.audience_id}
    )
    if quiet and not created:
        return
    if not created and row.level != level:
        Watch.objects.filter(pk=row.pk).update(level=level, at=timezone.now())
    if not quiet:
        record("inbox.watch.set", actor=person, target=obj, level=str(level))


def unwatch(*, person: Any, obj: Content) -> None:
    """Hear the usual again."""
    if Watch.objects.filter(person=person, kind=obj.kind, object_pk=obj.pk).delete()[0]:
        record("inbox.watch.removed", actor=person, target=obj)


def watchers(obj: Content, level: str = Watch.Level.FOLLOW) -> QuerySet:
    """Ids of the people who follow (or mute) it."""
    return Watch.objects.filter(kind=obj.kind, object_pk=obj.pk, level=level).values_list("person_id", flat=True)


def level_of(*, person: Any, obj: Content) -> str:
    """What the person wants to hear of it: `follow`, `mute` or empty."""
    rows = _LEVEL.rows(user=person, kind=obj.kind, key=obj.pk)
    return rows[0][0] if rows else ""


_LEVEL = Prepared(
    lambda user, kind, key: Watch.objects.filter(person_id=user.pk, kind=kind, object_pk=key).values_list("level")[:1]
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


def prefer(*, person: Any, verb: str, channel: str, wanted: bool) -> None:
    """Say whether to be told of a kind on a channel.

    Raises:
        LookupError: there is no such kind, or it cannot be switched off.
    """
    kind = registry.get(verb)
    if kind is None or not kind.optional:
        raise LookupError(verb)
    try:
        Preference.objects.update_or_create(person=person, verb=verb, channel=channel, defaults={"wanted": wanted})
    except IntegrityError:
        Preference.objects.filter(person=person, verb=verb, channel=channel).update(wanted=wanted)


def preferences(person: Any) -> list[tuple[registry.Kind, bool]]:
    """Every kind with whether the person wants it in the bell."""
    said = {(row.verb, row.channel): row.wanted for row in Preference.objects.filter(person=person)}
    return [(kind, said.get((kind.verb, Preference.Channel.BELL), True)) for kind in registry.kinds()]


def forget_strangers(*, audiences: Iterable[int]) -> None:
    """A place became closed: the notices and watches there of everyone who is not in it go at once.

    Called in the transaction that closes it.
    """
    for audience in audiences:
        inside = Access.objects.filter(audience=audience).values("person")
        Notice.objects.filter(audience=audience).exclude(recipient__in=inside).delete()
        Watch.objects.filter(audience=audience).exclude(person__in=inside).delete()
