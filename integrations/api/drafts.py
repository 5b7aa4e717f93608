"""What I have written and not said: drafts, and posts that wait for their hour. Nobody else's can be asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Router

from core import limits
from core.paging import page
from core.requests import Request
from feed import calendars
from feed.actions import behalf, calendar, drafts
from feed.actions import praise as praising
from feed.models import Draft, Post, Praise
from groups.models import Group
from integrations.api import shape
from integrations.api.posts import as_it_stands
from integrations.idempotency import once
from integrations.schemas import DraftChange, DraftIn, DraftOut, Drafts, EventIn, PollIn, PostOut, PraiseIn, ScheduleIn
from people.models import User

router = Router(tags=["drafts"])


def _draft(request: Request, public_id: str) -> Draft:
    """A draft of one's own; anybody else's is an id that was never used."""
    mine = Draft.objects.filter(person=request.user).select_related("person", "group", "to")
    return get_object_or_404(mine, public_id=public_id)


def _shaped(request: Request, rows: list[Draft]) -> list[dict[str, Any]]:
    """Drafts, naming the groups and posts they are for while one may know of them."""
    groups = Group.objects.visible_to(request.user).in_bulk({row.group_id for row in rows if row.group_id})
    posts = Post.objects.visible_to(request.user).in_bulk({row.to_id for row in rows if row.to_id})
    handles = {name for row in rows for name in praising.words(row.choices.get("praised") or "")}
    people = dict(User.objects.visible_to(request.user).filter(handle__in=handles).values_list("handle", "public_id"))
    chosen = {row.choices["on_behalf_of"] for row in rows if row.choices.get("on_behalf_of")}
    authors = {one.public_id: one for one in User.objects.visible_to(request.user).filter(public_id__in=chosen)}
    return [
        {
            "id": row.public_id,
            "body": row.body,
            "group": shape.named(groups.get(row.group_id or 0)),
            "everyone": row.to_everyone,
            "to": posts[row.to_id].public_id if row.to_id in posts else None,
            "kind": row.choices.get("kind") or Post.Kind.STATUS,
            "days": row.choices.get("days"),
            "mail": row.choices.get("mail") != "0",
            "poll": _poll(row, request.user),
            "praise": _praise(row, people),
            "event": _event(row),
            "files": row.files,
            "on_behalf_of": shape.named(authors.get(row.choices.get("on_behalf_of", ""))),
            "due_at": shape.utc(row.due_at),
            "failed": row.failed,
            "updated_at": shape.utc(row.updated_at),
        }
        for row in rows
    ]


def _one(request: Request, row: Draft) -> dict[str, Any]:
    return _shaped(request, [_draft(request, row.public_id)])[0]


def _zone(person: Any) -> Any:
    return ZoneInfo(person.time_zone) if person.time_zone else None


def _poll(row: Draft, person: Any) -> dict[str, Any] | None:
    """What a draft of a poll asks so far."""
    if row.choices.get("kind") != Post.Kind.POLL:
        return None
    closes = parse_datetime(row.choices.get("closes_at") or "")
    return {
        "options": row.choices.get("options", "").splitlines(),
        "many": bool(row.choices.get("many")),
        "anonymous": bool(row.choices.get("anonymous")),
        "hidden": bool(row.choices.get("hidden")),
        "closes_at": shape.utc(timezone.make_aware(closes, _zone(person)) if closes else None),
    }


def _praise(row: Draft, people: dict[str, str]) -> dict[str, Any] | None:
    """Whom a draft of praise names so far, of the people one knows."""
    if row.choices.get("kind") != Post.Kind.PRAISE:
        return None
    named = [people[name] for name in praising.words(row.choices.get("praised") or "") if name in people]
    return {"badge": row.choices.get("badge") or Praise.Badge.THANKS, "people": named}


def _event(row: Draft) -> dict[str, Any] | None:
    """What a draft of an event says so far."""
    if row.choices.get("kind") != Post.Kind.EVENT:
        return None
    typed = {name: str(row.choices.get(name) or "") for name in drafts.EVENT}
    all_day = bool(typed["all_day"])

    def moment(day: str, hour: str) -> str | None:
        return f"{day}T{'00:00' if all_day else hour or '00:00'}" if day else None

    return {
        "title": typed["title"],
        "starts_at": moment(typed["from_day"], typed["from_time"]),
        "ends_at": moment(typed["to_day"], typed["to_time"]),
        "all_day": all_day,
        "time_zone": typed["zone"],
        "place": typed["where"],
        "link": typed["link"],
    }


def _choices(
    person: Any, kind: str, days: int | None, poll: PollIn | None, praise: PraiseIn | None, event: EventIn | None
) -> dict[str, Any]:
    """The same as a draft keeps it: as its author would type it."""
    kept: dict[str, Any] = {"kind": kind} if kind != Post.Kind.STATUS else {}
    if days is not None:
        kept["days"] = days
    if kind == Post.Kind.POLL and poll is not None:
        kept["options"] = "\n".join(line.replace("\n", " ") for line in poll.options)
        kept |= {name: True for name in ("many", "anonymous", "hidden") if getattr(poll, name)}
        if poll.closes_at is not None:
            closes = _aware(poll.closes_at, person)
            kept["closes_at"] = timezone.localtime(closes, _zone(person)).strftime("%Y-%m-%dT%H:%M")
    if kind == Post.Kind.PRAISE and praise is not None:
        limits.check(limits.PRAISED_PEOPLE, praise.people)
        known = User.objects.visible_to(person).filter(public_id__in=praise.people).order_by("pk")
        kept |= {
            "badge": praise.badge,
            "praised": " ".join(f"@{one}" for one in known.values_list("handle", flat=True)),
        }
    if kind == Post.Kind.EVENT and event is not None:
        typed = calendars.typed(calendar.planned(**event.dict()))
        kept |= {name: value for name, value in typed.items() if value}
    return kept


def _aware(moment: datetime, person: Any) -> datetime:
    return timezone.make_aware(moment, _zone(person)) if timezone.is_naive(moment) else moment


@router.get("/drafts", response=Drafts, summary="My drafts and scheduled posts, the newest first")
def listed(request: Request, scheduled: bool = False, cursor: str | None = None) -> dict[str, Any]:
    rows = Draft.objects.filter(person=request.user)
    if scheduled:
        rows = rows.exclude(due_at=None)
    found = page(rows, by=("-pk",), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": _shaped(request, found.items), "next": found.next}


@router.post("/drafts", response={201: DraftOut}, summary="Keep a draft; with `due_at`, it is said then")
@once
def keep(request: Request, payload: DraftIn) -> tuple[int, Any]:
    group = to = None
    if payload.group is not None:
        group = get_object_or_404(Group.objects.visible_to(request.user), public_id=payload.group)
    if payload.to is not None:
        to = get_object_or_404(Post.objects.visible_to(request.user), public_id=payload.to)
    author = behalf.author_of(writer=request.user, named=payload.on_behalf_of)
    draft = drafts.keep(
        person=request.user,
        body=payload.body,
        group=group,
        to=to,
        files=_files(payload.files),
        choices=_choices(request.user, payload.kind, payload.days, payload.poll, payload.praise, payload.event)
        | ({} if payload.mail else {"mail": "0"})
        | ({"on_behalf_of": author.public_id} if author.pk != request.user.pk else {}),
    )
    if draft is None:
        raise _nothing()
    if payload.due_at is not None:
        drafts.schedule(draft=draft, at=_aware(payload.due_at, request.user))
    return 201, _one(request, draft)


@router.get("/drafts/{public_id}", response=DraftOut, summary="A draft of mine")
def read(request: Request, public_id: str) -> dict[str, Any]:
    return _one(request, _draft(request, public_id))


@router.patch("/drafts/{public_id}", response=DraftOut, summary="Write on; what is left out stays")
@once
def change(request: Request, public_id: str, payload: DraftChange) -> tuple[int, Any]:
    draft = _draft(request, public_id)
    body = draft.body if payload.body is None else payload.body
    files = draft.files if payload.files is None else _files(payload.files)
    if not body.strip() and not files:
        raise _nothing()
    drafts.keep(
        person=request.user,
        body=body,
        draft=draft,
        place=draft.place,
        group=draft.group,
        to=draft.to,
        files=files,
        choices=draft.choices,
    )
    return 200, _one(request, draft)


@router.delete("/drafts/{public_id}", response={204: None}, summary="Throw it away")
@once
def discard(request: Request, public_id: str) -> tuple[int, Any]:
    drafts.discard(draft=_draft(request, public_id))
    return 204, None


@router.put("/drafts/{public_id}/schedule", response=DraftOut, summary="Say it at a later moment")
@once
def schedule(request: Request, public_id: str, payload: ScheduleIn) -> tuple[int, Any]:
    draft = drafts.schedule(draft=_draft(request, public_id), at=_aware(payload.due_at, request.user))
    return 200, _one(request, draft)


@router.delete("/drafts/{public_id}/schedule", response=DraftOut, summary="Keep it as a draft")
@once
def unschedule(request: Request, public_id: str) -> tuple[int, Any]:
    return 200, _one(request, drafts.unschedule(draft=_draft(request, public_id)))


@router.post("/drafts/{public_id}/send", response={201: PostOut}, summary="Say it now")
@once
def send(request: Request, public_id: str) -> tuple[int, Any]:
    post = drafts.send(draft=_draft(request, public_id))
    return 201, as_it_stands(request, post)


def _files(ids: list[str]) -> list[str]:
    """What can be an id of a file; whether it is one of theirs is asked when the draft is sent."""
    return [one for one in ids if one.isalnum() and len(one) <= 16]


def _nothing() -> ValidationError:
    return ValidationError({"body": _("Write something first.")})
