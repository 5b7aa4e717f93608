"""How rows look in the API: a whole page at a time, one query per table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import F, prefetch_related_objects

from core import inside as pages
from core import limits, players
from core.audience import readable_ids
from core.models import Access
from feed import calendars
from feed.actions import previews
from feed.models import Bookmark, CalendarEvent, Post, Praise, Reaction
from feed.permissions import Roles, may
from feed.playing import links_of
from files.models import File
from groups.models import Category, Group
from groups.permissions import load
from people import presence
from people.models import ProfileValue, User, unshown
from people.permissions import may as may_with


def utc(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC, or null."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def absolute(path: str) -> str:
    """An address of ours with scheme and host."""
    return f"{settings.BASE_URL}{path}"


def named(row: Any) -> dict[str, str] | None:
    """`{id, name}` of a person or a group."""
    return {"id": row.public_id, "name": row.name} if row is not None else None


def allowed(may_do: Any) -> list[str]:
    """The names of what is allowed."""
    return sorted(name for name in type(may_do).__dataclass_fields__ if getattr(may_do, name) is True)


def file(row: File) -> dict[str, Any]:
    """A file that was found through `visible_to`."""
    return {
        "id": row.public_id,
        "url": absolute(row.get_absolute_url()),
        "name": row.name,
        "kind": row.family,
        "content_type": row.content_type,
        "size": row.size,
        "alt": row.alt,
        "scan": row.scan,
        "state": row.progress,
        "given": row.is_given,
        "captions": row.captions,
        "version": row.version,
        "width": row.width,
        "height": row.height,
        "created_at": utc(row.created_at),
    }


def links(post: Post, rows: list[Any]) -> list[dict[str, Any]]:
    """The links of a post that have a preview or a player; `rows` as `previews.known` gives them."""
    by_address = {row.address: row for row in rows}
    out = []
    for one in links_of(post, rows):
        row, player = by_address.get(one.address), players.of(one.address)
        if row is None and player is None:
            continue
        picture = row.picture if row is not None else None
        out.append(
            {
                "id": row.public_id if row is not None else None,
                "url": one.address,
                "title": one.title,
                "description": one.description,
                "picture": file(picture) if picture is not None else None,
                "player": {"host": player.host, "embed_url": player.address} if player is not None else None,
            }
        )
    return out


def event(row: CalendarEvent) -> dict[str, Any]:
    """An event whose post was found through `visible_to`, with the reader's own answer as `mine`."""
    return {
        "title": row.title,
        "starts_at": utc(row.starts_at),
        "ends_at": utc(row.ends_at),
        "all_day": row.all_day,
        "time_zone": row.time_zone,
        "place": row.place,
        "link": row.link,
        "going": row.going,
        "maybe": row.maybe,
        "declined": row.declined,
        "my_answer": getattr(row, "mine", None),
        "cancelled": row.cancelled_why if row.cancelled_at else None,
    }


def posts(rows: Iterable[Post], *, reader: User) -> list[dict[str, Any]]:
    """Posts that were found through `visible_to(reader)`, with what is the reader's own on them.

    Needs `author`, `group`, `root`, `parent` and `best_answer` loaded (see `loaded`).
    """
    rows = list(rows)
    keys = [row.pk for row in rows]
    roles = Roles.of(reader, [row.group_id for row in rows])
    own: dict[int, list[str]] = defaultdict(list)
    for post, emoji in (
        Reaction.objects.filter(person=reader, post__in=keys).order_by("pk").values_list("post_id", "emoji")
    ):
        own[post].append(emoji)
    kept = set(Bookmark.objects.filter(person=reader, post__in=keys).values_list("post_id", flat=True))
    hanging: dict[int, list[File]] = defaultdict(list)
    with_files = [row.pk for row in rows if row.has_files]
    if with_files:
        for row in File.objects.visible_to(reader).on_all(Post.kind, with_files):
            hanging[row.on_pk or 0].append(row)
    known = previews.known(rows, reader=reader)
    named_pages = {row.pk: pages.links_of(row.html, limits.PREVIEWS_PER_POST.value) for row in rows}
    inside = pages.shown(reader, [one for each in named_pages.values() for one in each])
    praising = [row.pk for row in rows if row.post_kind == Post.Kind.PRAISE]
    praised: dict[int, dict[str, Any]] = {}
    if praising:
        for one in Praise.objects.filter(post__in=praising).select_related("person").order_by("pk"):
            praised.setdefault(one.post_id, {"badge": one.badge, "people": []})["people"].append(named(one.person))
    meeting = [row.pk for row in rows if row.post_kind == Post.Kind.EVENT]
    prefetch_related_objects([row for row in rows if row.written_by_id], "written_by")
    events = {one.post_id: event(one) for one in calendars.of_posts(reader, meeting)} if meeting else {}
    return [
        {
            "id": row.public_id,
            "url": absolute(row.get_absolute_url()),
            "created_at": utc(row.created_at),
            "edited_at": utc(row.edited_at),
            "author": named(row.author),
            "written_by": named(row.written_by),
            "kind": "reply" if row.root_id else row.post_kind,
            "state": row.state,
            "body": row.body,
            "html": row.html,
            "group": named(row.group),
            "thread": row.root.public_id if row.root else None,
            "parent": row.parent.public_id if row.parent else None,
            "best_answer": row.best_answer.public_id if row.best_answer else None,
            "accepted": row.accepted_at is not None,
            "files": [file(hung) for hung in hanging[row.pk]],
            "praise": praised.get(row.pk),
            "links": links(row, known.get(row.pk, [])) if previews.has_links(row.html) else [],
            "inside": [
                {"url": absolute(one.path), "kind": one.room, "title": inside[one].title, "about": inside[one].about}
                for one in named_pages[row.pk]
                if one in inside
            ],
            "event": events.get(row.pk),
            "counts": {"replies": row.reply_count, "reactions": row.reaction_counts},
            "my": {
                "reactions": own[row.pk],
                "bookmarked": row.pk in kept,
                "may": allowed(may(reader, row, roles)),
            },
            "warnings": [],
        }
        for row in rows
    ]


def loaded(rows: Any) -> Any:
    """A queryset of posts with everything `posts` needs."""
    return rows.select_related("author", "group", "root", "parent", "best_answer")


def groups(rows: Iterable[Group], *, reader: User) -> list[dict[str, Any]]:
    """Groups that were found through `visible_to(reader)`. How many posts a closed group has is for its readers."""
    whole, limited = readable_ids(reader)
    rows = list(rows)
    marks = Access.objects.filter(person=reader, audience__in={row.audience_id for row in rows})
    unread = dict(marks.annotate(unread=F("audience__seq") - F("read_seq")).values_list("audience_id", "unread"))
    covers = File.objects.visible_to(reader).in_bulk({row.cover_id for row in rows} - {None})
    standing = {row.category_id for row in rows if row.category_id}
    shelves = {row.pk: named(row) for row in Category.objects.filter(pk__in=standing)} if standing else {}
    shaped = []
    for row in load(reader, rows):
        shaped.append(
            {
                "id": row.public_id,
                "url": absolute(row.get_absolute_url()),
                "created_at": utc(row.created_at),
                "name": row.name,
                "handle": row.handle,
                "description": row.description,
                "visibility": row.privacy,
                "join": row.join,
                "archived": row.is_archived,
                "picture": absolute(row.picture_url) if row.picture_url else None,
                "cover": absolute(covers[row.cover_id].picture_url) if row.cover_id in covers else None,
                "rules": row.rules,
                "category": shelves.get(row.category_id or 0),
                "posting": row.posting,
                "history": row.history,
                "enrolment": row.enrolment,
                "enrolled_departments": row.enrolled_departments,
                "enrolled_locations": row.enrolled_locations,
                "counts": {"members": row.member_count},
                "my": {
                    "role": row.may.role or None,
                    "unread": max(0, unread.get(row.audience_id or 0, 0)) if row.may.is_member else 0,
                    "reads": row.audience_id in whole or row.audience_id in limited,
                    "may": allowed(row.may),
                },
            }
        )
    return shaped


def people(rows: Iterable[User], *, reader: User) -> list[dict[str, Any]]:
    """People that were found through `visible_to(reader)`, with `manager` and `photo` loaded."""
    shaped = []
    rows = list(rows)
    filled: dict[int, dict[str, str]] = defaultdict(dict)
    by_key = {row.pk: row for row in rows}
    for value in ProfileValue.objects.filter(person__in=by_key).select_related("field"):
        if value.field.shows_to(reader, by_key[value.person_id]):
            filled[value.person_id][value.field.public_id] = value.text
    here = presence.keys_of(by_key, reader=reader)
    others = unshown(None, reader=reader)
    for row in rows:
        contact = may_with(reader, row).contact
        hidden = others if row.pk != reader.pk else ()
        manager = row.manager if row.manager_id and not reader.is_guest else None
        shaped.append(
            {
                "id": row.public_id,
                "url": absolute(row.get_absolute_url()),
                "created_at": utc(row.date_joined),
                "name": row.name,
                "handle": row.handle,
                "email": row.email if contact and row.is_active else None,
                "job_title": row.job_title,
                "department": row.department,
                "location": row.location,
                "phone": row.phone if row.is_active and "phone" not in hidden else "",
                "pronouns": "" if "pronouns" in hidden else row.pronouns,
                "bio": "" if row.profile_hidden else row.bio,
                "time_zone": row.time_zone,
                "manager": named(manager),
                "active": row.is_active,
                "guest": row.is_guest,
                "here": row.pk in here,
                "birthday": row.birthday if row.is_active and contact else "",
                "started_on": row.started_on if row.is_active and contact else None,
                "fields": filled[row.pk] if row.is_active else {},
                "away_from": row.away_from if row.is_away else None,
                "away_until": row.away_until if row.is_away else None,
                "away_note": row.away_note if row.is_away else "",
                "deputy": named(row.deputy)
                if row.is_away and not reader.is_guest and row.deputy and row.deputy.is_active
                else None,
                "picture": absolute(row.picture_url) if getattr(row, "picture_url", "") else None,
            }
        )
    return shaped
