"""What is written and not yet said: drafts that are kept while one types, and posts that wait for their hour.

A draft is its author's alone. Nobody is told of it, so keeping one is no event; what becomes of it at its hour is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean
from feed.actions import behalf, calendar, polls, publish, reply
from feed.actions import praise as praising
from feed.models import Draft, Post
from feed.permissions import may_publish
from groups.models import Group
from people.models import User

#: What a draft keeps of a poll, as it was typed.
POLL = ("options", "many", "anonymous", "hidden", "closes_at")
#: And of praise.
PRAISE = ("badge", "praised")
#: And of an event.
EVENT = ("title", "from_day", "from_time", "to_day", "to_time", "all_day", "zone", "where", "link")


@transaction.atomic
def keep(
    *,
    person: User,
    body: str,
    draft: Draft | None = None,
    place: str = "",
    group: Any = None,
    to: Post | None = None,
    files: Iterable[str] = (),
    choices: dict[str, Any] | None = None,
) -> Draft | None:
    """Keep what someone has written so far; nothing written takes the draft away.

    Args:
        person: whose.
        body: Markdown as it stands, perhaps too long to be sent.
        draft: the one that is written on; else the one that waits at `place`, else a new one.
        place: the field it is written in ("everyone", "post-…"); empty for one that was put aside.
        group: where it shall be said, found through `visible_to(person)`; None for everyone.
        to: what it answers, found through `visible_to(person)`.
        files: ids of the person's loose files.
        choices: what else was chosen: kind, days, in whose name.

    Returns:
        The draft, or None where nothing is left of it.

    Raises:
        ValidationError: it is far too long, or there are too many drafts.
    """
    body = clean(body, multiline=True)
    # A text that is too long to be sent is still not lost.
    if len(body) > 4 * limits.POST_CHARS.value:
        limits.check(limits.POST_CHARS, body)
    files = list(files)[: limits.ATTACHMENTS_PER_POST.value]
    if draft is None and place:
        draft = Draft.objects.filter(person=person, place=place).first()
    if not (body.strip() or files or (choices or {}).get("title")):
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        limits.check(limits.DRAFTS, Draft.objects.filter(person=person).count() + 1)
        draft = Draft(person=person, place=place)
    elif draft.place and not place:
        draft.place = ""
    draft.body, draft.group, draft.to, draft.files = body, group, to, files
    draft.to_everyone = group is None and to is None
    draft.choices, draft.updated_at = choices or {}, timezone.now()
    draft.save()
    return draft


@transaction.atomic
def schedule(*, draft: Draft, at: Any) -> Draft:
    """Let a draft become a post at a later moment. Whether its author may then say it there is asked then.

    Raises:
        Refused: they may not say it now either.
        ValidationError: the moment is past, or too far ahead.
    """
    now = timezone.now()
    if at is None or at <= now:
        raise ValidationError({"at": _("Choose a time that is still to come.")}, code="past")
    limits.check(limits.SCHEDULE_DAYS, (at - now) // timedelta(days=1))
    author = behalf.author_of(writer=draft.person, named=draft.choices.get("on_behalf_of"))
    if draft.to_id is None and not may_publish(draft.person, draft.group):
        raise Refused(_("You cannot post there."))
    if draft.to_id is None and author.pk != draft.person_id and not may_publish(author, draft.group):
        raise behalf.not_there(author)
    draft.due_at, draft.failed, draft.place = at, "", ""
    draft.save(update_fields=["due_at", "failed", "place"])
    return draft


def unschedule(*, draft: Draft) -> Draft:
    """Keep it as a draft; without a time it changes nothing."""
    draft.due_at = None
    draft.save(update_fields=["due_at"])
    return draft


def discard(*, draft: Draft) -> None:
    """Throw a draft away. Its files go with the loose ones."""
    draft.delete()


@transaction.atomic
def send(*, draft: Draft) -> Post:
    """Say it now. Mentions tell from this moment on, never before.

    Raises:
        Refused: its author may no longer say it there.
        ValidationError: it cannot be said as it is.
    """
    writer = User.objects.get(pk=draft.person_id)
    # Security door: in whose name is asked of this moment too, and a text for another is never said in one's own.
    author = behalf.author_of(writer=writer, named=draft.choices.get("on_behalf_of"))
    if draft.to_id is not None:
        to = Post.objects.visible_to(writer).select_related("group", "root", "author", "audience")
        answered = to.filter(pk=draft.to_id).first()
        if answered is None:
            raise Refused(_("This discussion is no longer there."), status=409)
        said = reply(author=author, writer=writer, to=answered, body=draft.body, files=draft.files)
    else:
        group = None
        if draft.group_id is not None:
            # Security door: rights are those of this moment, not of the one it was written in.
            group = Group.objects.visible_to(writer).select_related("audience").filter(pk=draft.group_id).first()
            if group is None:
                raise Refused(_("You can no longer see the group it is for."))
        elif not draft.to_everyone:
            raise Refused(_("The group it is for is no longer there."))
        said = publish(
            author=author,
            writer=writer,
            body=draft.body,
            group=group,
            kind=draft.choices.get("kind") or Post.Kind.STATUS,
            files=draft.files,
            days=draft.choices.get("days"),
            mail=draft.choices.get("mail") != "0",
            poll=_poll_of(draft, writer),
            praise=_praise_of(draft, writer),
            event=_event_of(draft, writer),
        )
    draft.delete()
    return said


def _poll_of(draft: Draft, author: User) -> Any:
    """What the draft asks, if it is a poll; its closing time is one of its author's clock."""
    if draft.choices.get("kind") != Post.Kind.POLL:
        return None
    given = {name: draft.choices[name] for name in POLL if name in draft.choices}
    closes = parse_datetime(given.pop("closes_at", ""))
    if closes is not None:
        closes = timezone.make_aware(closes, ZoneInfo(author.time_zone) if author.time_zone else None)
    return polls.asked(**given | {"options": given.get("options", "").splitlines(), "closes_at": closes})


def _praise_of(draft: Draft, author: User) -> praising.Meant | None:
    """Whom the draft praises, if it does: looked up as people are now."""
    if draft.choices.get("kind") != Post.Kind.PRAISE:
        return None
    chosen = draft.choices
    return praising.meant(author=author, badge=chosen.get("badge", ""), handles=chosen.get("praised", ""))


def _event_of(draft: Draft, author: User) -> Any:
    """What happens and when, if the draft is an event: what was typed, by the clock that was named beside it."""
    if draft.choices.get("kind") != Post.Kind.EVENT:
        return None
    given = {name: str(draft.choices.get(name) or "") for name in EVENT}
    all_day = bool(given["all_day"])
    zone = given["zone"] or author.time_zone or timezone.get_default_timezone_name()

    def moment(day: str, hour: str) -> Any:
        return parse_datetime(f"{day}T{'00:00' if all_day else hour}") if day and (hour or all_day) else None

    return calendar.planned(
        title=given["title"],
        starts_at=moment(given["from_day"], given["from_time"]),
        ends_at=moment(given["to_day"] or ("" if all_day else given["from_day"]), given["to_time"]),
        all_day=all_day,
        time_zone=zone,
        place=given["where"],
        link=given["link"],
    )


def send_due() -> int:
    """Say what is due; the worker calls it. What may no longer be said stays a draft, and its author is told why.

    Returns:
        How many were said.
    """
    sent = 0
    for pk in Draft.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            # Asked again under the lock: another worker may be here, or its author thinks better of it.
            draft = Draft.objects.select_for_update(of=("self",)).filter(pk=pk, due_at__lte=timezone.now()).first()
            if draft is None:
                continue
            with translation.override(draft.person.language or None):
                try:
                    with transaction.atomic():
                        send(draft=draft)
                    sent += 1
                except (Refused, ValidationError) as error:
                    said = error.messages if isinstance(error, ValidationError) else [error.message]
                    draft.failed, draft.due_at = " ".join(said)[:300], None
                    draft.save(update_fields=["failed", "due_at"])
                    record("feed.draft.kept", actor=None, target=draft.person, person=draft.person_id)
    return sent


def files_of_drafts() -> list[str]:
    """Ids of loose files that drafts hold: they are not swept away."""
    return [one for files in Draft.objects.exclude(files=[]).values_list("files", flat=True) for one in files]


__all__ = [
    "EVENT",
    "POLL",
    "PRAISE",
    "discard",
    "files_of_drafts",
    "keep",
    "schedule",
    "send",
    "send_due",
    "unschedule",
]
